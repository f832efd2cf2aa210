import tseslint from 'typescript-eslint';

/** Decisions must be repeatable: the same data and the same time give the same answer in live, replay and backtest. */
const clock = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Pass the time in: this room must be repeatable.',
  },
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: 'Pass the time in: this room must be repeatable.',
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: 'Pass a seeded generator in: this room must be repeatable.',
  },
];
const environment = [
  { selector: "MemberExpression[object.name='process']", message: 'No environment here: pass settings in.' },
];

export default tseslint.config(
  { ignores: ['node_modules/**', 'dist/**', 'var/**', 'tests/fixtures/**'] },
  ...tseslint.configs.strictTypeChecked,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-extraneous-class': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.cjs', '**/*.mjs', '**/*.d.mts'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: { sourceType: 'module' },
    rules: { ...tseslint.configs.disableTypeChecked.rules, '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    files: ['domain/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...clock, ...environment] },
  },
  {
    // Workflows may read the clock and draw numbers: in the sandbox both come from the history.
    files: ['workflows/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...environment] },
  },
);
