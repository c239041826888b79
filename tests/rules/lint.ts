import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

const cwd = fileURLToPath(new URL('../..', import.meta.url));

// Rules that need types want files that exist; the texts here only pretend to lie where their names say.
const eslint = new ESLint({ cwd, overrideConfig: [{ files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked }] });

/** The rules that the project's own configuration finds broken in `text`, if it were the file `path`. */
export async function brokenRules(path: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: `${cwd}${path}` });
  if (!result) throw new Error(`${path} is not linted at all`);
  return result.messages.map(({ ruleId, message }) => ruleId ?? message);
}
