/** What each room may import (docs/architecture.md shows the same as a picture). */
const rooms = {
  domain: ['domain'],
  workflows: ['workflows', 'domain', 'temporal/messages'],
  activities: ['activities', 'domain', 'database', 'telemetry', 'temporal/messages'],
  brokers: ['brokers', 'domain'],
  simulators: ['simulators', 'domain'],
  temporal: ['temporal', 'domain', 'config'],
  api: ['api', 'domain', 'database', 'temporal', 'telemetry', 'config'],
  database: ['database', 'domain'],
  cli: ['cli', 'domain', 'infra/local', 'database', 'config', 'api/contract'],
  telemetry: ['telemetry'],
  config: ['config'],
  workers: ['workers', 'domain', 'workflows', 'activities', 'brokers', 'temporal', 'database', 'telemetry', 'config'],
};
const libraries = { domain: 'decimal\\.js|luxon', workflows: '@temporalio/workflow|@temporalio/common' };
const escape = (path) => path.replace(/[/.]/g, '\\$&');
const anyRoom = `^(${Object.keys(rooms).join('|')}|tests|infra)/`;

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `${room}-imports`,
      severity: 'error',
      from: {
        path: `^${room}/`,
        pathNot: room === 'brokers' ? ['\\.test\\.ts$', '^brokers/paper/'] : ['\\.test\\.ts$', ...(room === 'workflows' ? [] : [])],
      },
      to: { path: anyRoom, pathNot: allowed.map((path) => `^${escape(path)}(/|\\.ts$)`), dependencyTypesNot: room === 'workflows' ? ['type-only'] : [] },
    })),
    {
      name: 'paper-broker-imports',
      severity: 'error',
      from: { path: '^brokers/paper/', pathNot: '\\.test\\.ts$' },
      to: { path: anyRoom, pathNot: ['^brokers/', '^domain/', '^database/'] },
    },
    ...Object.entries(libraries).map(([room, packages]) => ({
      name: `${room}-libraries`,
      severity: 'error',
      from: { path: `^${room}/`, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm', 'npm-dev', 'core'], pathNot: `node_modules/(@types/)?(${packages})/` },
    })),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    { name: 'no-tests-in-product', severity: 'error', from: { pathNot: '^tests/|\\.test\\.ts$' }, to: { path: '^tests/|\\.test\\.ts$' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|var|node_modules)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
