/** Jest runs every `*.test.ts`; what needs PostgreSQL or Temporal gets both from the global set-up. */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>'],
  testMatch: ['**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/', '/var/'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/var/'],
  transform: {
    '^.+\\.(t|j|mj)s$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } }],
  },
  transformIgnorePatterns: ['/node_modules/(?!(node-pg-migrate)/)'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
  testTimeout: 60_000,
  reporters: ['default', ['jest-junit', { outputDirectory: 'var/coverage', outputName: 'junit.xml' }]],
  coverageProvider: 'babel',
  coverageDirectory: 'var/coverage',
  coverageReporters: ['text-summary', 'html', 'cobertura'],
  collectCoverageFrom: [
    '{domain,workflows,activities,brokers,temporal,workers,api,database,cli,telemetry,config}/**/*.ts',
    '!**/*.test.ts',
    '!**/*.d.ts',
  ],
};
