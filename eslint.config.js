import vue from 'eslint-plugin-vue';
import globals from 'globals';
import tseslint from 'typescript-eslint';
import { restrictedGlobals, restrictedProperties, restrictedSyntax } from './scripts/lint/engine-purity.mjs';
import { roomImports } from './scripts/lint/room-imports.mjs';

const TYPED = ['electron/**/*.ts', 'shared/**/*.ts', 'tests/**/*.ts', 'renderer/**/*.ts'];

/** Plain mistakes, wherever they are. */
const careful = {
  eqeqeq: 'error',
  'no-constant-condition': ['error', { checkLoops: 'allExceptWhileTrue' }],
  'no-debugger': 'error',
  'no-dupe-else-if': 'error',
  'no-dupe-keys': 'error',
  'no-duplicate-case': 'error',
  'no-duplicate-imports': ['error', { allowSeparateTypeImports: true }],
  'no-empty': 'error',
  'no-eval': 'error',
  'no-fallthrough': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-self-assign': 'error',
  'no-self-compare': 'error',
  'no-sparse-arrays': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-unused-private-class-members': 'error',
  'no-useless-catch': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'use-isnan': 'error',
  'valid-typeof': 'error',
};

/** TypeScript without holes: no `any`, no comment that silences the compiler, no assertion that a value is there. */
const strictTypes = {
  '@typescript-eslint/ban-ts-comment': [
    'error',
    { 'ts-expect-error': true, 'ts-nocheck': true, 'ts-ignore': true, 'ts-check': false },
  ],
  '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
  '@typescript-eslint/no-explicit-any': 'error',
  '@typescript-eslint/no-non-null-assertion': 'error',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
};

/** What needs the types themselves: promises that nobody waits for, and switches that forget a case. */
const typeAware = {
  '@typescript-eslint/await-thenable': 'error',
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
};

export default tseslint.config(
  { ignores: ['node_modules/', 'out/', 'dist/', 'artifacts/'] },
  {
    // No comment may switch a rule off: what the rules forbid is not there.
    linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' },
    plugins: { lab: { rules: { 'room-imports': roomImports } } },
    rules: { ...careful, 'lab/room-imports': 'error' },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: globals.node },
    rules: { 'no-undef': 'error', 'no-unused-vars': 'error' },
  },
  { files: ['**/*.ts'], extends: [tseslint.configs.recommended], rules: strictTypes },
  {
    files: TYPED,
    languageOptions: { parserOptions: { project: './tsconfig.tests.json', tsconfigRootDir: import.meta.dirname } },
    rules: typeAware,
  },
  {
    files: ['**/*.vue'],
    extends: [tseslint.configs.recommended, vue.configs['flat/recommended'], vue.configs['no-layout-rules']],
    languageOptions: { parserOptions: { parser: tseslint.parser } },
    rules: {
      ...strictTypes,
      'vue/block-lang': ['error', { script: { lang: 'ts' } }],
      'vue/component-api-style': ['error', ['script-setup']],
      'vue/multi-word-component-names': 'off',
      'vue/no-v-html': 'error',
      'vue/require-explicit-emits': 'error',
    },
  },
  {
    files: ['electron/engine/**/*.ts'],
    rules: {
      'no-restricted-globals': ['error', ...restrictedGlobals],
      'no-restricted-properties': ['error', ...restrictedProperties],
      'no-restricted-syntax': ['error', ...restrictedSyntax],
    },
  },
);
