import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, setUp } from '../setup/index.mjs';
import { artifacts } from '../setup/paths.mjs';
import { say, step } from '../setup/say.mjs';
import { endToEnd } from './e2e.mjs';

/** `npm run screenshots`: runs the end-to-end tests that take pictures (those tagged @screenshots) and says where they are. */
export async function run(args) {
  await setUp();
  await build();
  const { code } = await endToEnd(['--grep', '@screenshots', ...args]);
  const folder = join(artifacts, 'screenshots');
  const pictures = existsSync(folder)
    ? readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.png'))
    : [];
  step(`${pictures.length} screenshots in ${folder}`);
  pictures.sort().forEach((name) => say(name));
  return code;
}
