import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { tryJudges } from '../setup/judges.mjs';
import { closingLine, countVitest, nothing, reportFile, sum } from '../setup/count.mjs';
import { ensureDependencies } from '../setup/dependencies.mjs';
import { root } from '../setup/paths.mjs';
import { tool } from '../setup/process.mjs';
import { say, step } from '../setup/say.mjs';

const PROJECTS = [
  { name: 'engine', compiler: 'typescript', command: 'tsc' },
  { name: 'node', compiler: 'typescript', command: 'tsc' },
  { name: 'web', compiler: 'vue-tsc' },
  { name: 'tests', compiler: 'vue-tsc' },
];

/** What is not code (documents, settings of tools) is left as it was written. */
const FORMATTED = ['{electron,renderer,shared,tests,scripts}/**/*.{ts,vue,css,js,mjs}', '*.{ts,js}'];

const FAILED = { ...nothing, failed: 1 };

function seconds(started) {
  return `${((performance.now() - started) / 1000).toFixed(1)} s`;
}

async function checkTypes({ name, compiler, command }) {
  const started = performance.now();
  const memory = join(root, 'node_modules', '.cache', 'partition-lab', `types-${name}.tsbuildinfo`);
  const args = ['-p', `tsconfig.${name}.json`, '--incremental', '--tsBuildInfoFile', memory];
  const { code, output } = await tool(compiler, args, { command, quiet: true });
  if (code !== 0) console.log(output.trimEnd());
  say(`types of ${name}: ${code === 0 ? 'sound' : 'FAILED'} (${seconds(started)})`);
  return code === 0 ? nothing : FAILED;
}

/** Types of all projects, as many at once as there are processors, the longest first. */
async function types() {
  step('Checking types');
  const waiting = [...PROJECTS].reverse();
  const results = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results.push(await checkTypes(next));
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), PROJECTS.length) }, work));
  return sum(...results);
}

async function lint() {
  const started = performance.now();
  const { code } = await tool('eslint', ['.', '--max-warnings', '0']);
  say(`lint: ${code === 0 ? 'no warning' : 'FAILED'} (${seconds(started)})`);
  return code === 0 ? nothing : FAILED;
}

async function formatting() {
  const started = performance.now();
  const { code } = await tool('prettier', ['--check', '--log-level', 'warn', ...FORMATTED]);
  say(`formatting: ${code === 0 ? 'as it should be' : 'FAILED (npx prettier --write mends it)'} (${seconds(started)})`);
  return code === 0 ? nothing : FAILED;
}

/** Lint and formatting, side by side. */
async function look() {
  step('Linting, and checking the formatting');
  return sum(...(await Promise.all([lint(), formatting()])));
}

async function unitTests() {
  step('Running the unit tests');
  await tryJudges();
  const report = reportFile('unit');
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await tool('vitest', args);
  return countVitest(report, code);
}

/** Types, lint, formatting and unit tests; what fails does not keep the rest from running. Returns the counts. */
export async function check() {
  return sum(await types(), await look(), await unitTests());
}

/** `npm run check`. */
export async function run() {
  step(`Partition Lab on Node.js ${process.versions.node}`);
  await ensureDependencies();
  const counts = await check();
  console.log(`\n${closingLine(counts)}`);
  return counts.failed === 0 ? 0 : 1;
}
