/** Two projects: `domain` is pure and starts nothing; `system` gets PostgreSQL and Temporal from its global set-up. */
const common = {
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/var/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', '<rootDir>/var/'],
  transform: {
    '^.+\\.(t|j|mj)s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  transformIgnorePatterns: [
    '/node_modules/(?!(hyparquet|hyparquet-writer|node-pg-migrate|glob|minimatch|brace-expansion|balanced-match|@noble|@scure|age-encryption|ccxt/node_modules/@noble)/)',
  ],
};

module.exports = {
  projects: [
    { ...common, displayName: 'domain', testMatch: ['<rootDir>/domain/**/*.test.ts'] },
    {
      ...common,
      displayName: 'system',
      testMatch: ['<rootDir>/**/*.test.ts'],
      testPathIgnorePatterns: [...common.testPathIgnorePatterns, '<rootDir>/domain/'],
      globalSetup: '<rootDir>/tests/support/global-setup.ts',
      globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
    },
  ],
  // For what hangs, not a measure: machines are noisy.
  testTimeout: 180_000,
  // Trades that run side by side mostly wait.
  maxConcurrency: 8,
  reporters: ['default', ['jest-junit', { outputDirectory: 'var/coverage', outputName: 'junit.xml' }]],
  coverageProvider: 'babel',
  coverageDirectory: 'var/coverage',
  coverageReporters: ['text-summary', 'html', 'cobertura', 'json-summary'],
  collectCoverageFrom: [
    '{domain,workflows,activities,brokers,feeds,models,channels,simulators,temporal,workers,api,database,cli,telemetry,config}/**/*.ts',
    '!**/*.test.ts',
    '!**/*.d.ts',
  ],
};
