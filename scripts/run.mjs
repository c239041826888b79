// The one door of every npm script: `node scripts/run.mjs TASK [ARGUMENTS]`.
// It must load on any Node version, so that an old one gets a sentence and not a syntax error: hence the late imports.
const [major, minor] = process.versions.node.split('.').map(Number);
const NEEDED = '20.19';

if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Partition Lab needs Node.js ${NEEDED} or newer; this is ${process.versions.node}.`);
  console.error('Install a current release of Node.js and run the same command again.');
  process.exit(1);
}

const { reportFailure } = await import('./setup/failure.mjs');
try {
  const [name, ...args] = process.argv.slice(2);
  const { run } = await import(`./tasks/${name}.mjs`);
  process.exitCode = (await run(args)) ?? 0;
} catch (error) {
  process.exitCode = reportFailure(error);
}
