// Long runs of the property tests: bundles them with the engine and runs one by name.
//   node tests/fuzz/run.mjs NAME COUNT [SEED]
// Without a name it lists what there is. The last line is a JSON object; the exit code is 1 when a property did not hold.
import fs from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'vite';

const root = fileURLToPath(new URL('../../', import.meta.url));
const bundle = path.join(root, 'node_modules', '.cache', 'partition-lab', `fuzz-${process.pid}`);

try {
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    resolve: { alias: { '@shared': path.join(root, 'shared'), '@engine': path.join(root, 'electron', 'engine') } },
    build: {
      ssr: path.join(root, 'tests', 'fuzz', 'main.ts'),
      outDir: bundle,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  });
  const { main } = await import(pathToFileURL(path.join(bundle, 'main.mjs')).href);
  process.exitCode = main(process.argv.slice(2));
} finally {
  fs.rmSync(bundle, { recursive: true, force: true });
}
