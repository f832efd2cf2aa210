import { PROJECT_ROOT } from '../../config/project';
import { countingBundle, countingSinks } from './workflow-coverage';

interface Globals {
  __coverage__?: Record<string, unknown>;
}

const globals: typeof globalThis & Globals = globalThis;
const outside = { collects: process.env['TEST_COLLECT_COVERAGE'], coverage: globals.__coverage__ };
afterEach(() => {
  process.env['TEST_COLLECT_COVERAGE'] = outside.collects;
  if (outside.coverage === undefined) delete globals.__coverage__;
  else globals.__coverage__ = outside.coverage;
});

/** Hands counts to the sink as the sandbox does. */
async function send(counts: object): Promise<void> {
  const sink = countingSinks()['coverage']?.['add'];
  await (sink?.fn as ((info: object, counts: object[]) => unknown) | undefined)?.({}, [counts]);
}

describe('coverage of workflow code', () => {
  it('is added to what jest counted in the same file', async () => {
    process.env['TEST_COLLECT_COVERAGE'] = '1';
    globals.__coverage__ = { '/a.ts': { s: { 0: 1, 1: 0 }, f: { 0: 2 }, b: { 0: [1, 0], 1: [0, 0] } } };
    await send({ path: '/a.ts', s: { 0: 4, 1: 1 }, f: { 0: 1 }, b: { 0: [2, 3] } });
    expect(globals.__coverage__).toEqual({ '/a.ts': { s: { 0: 5, 1: 1 }, f: { 0: 3 }, b: { 0: [3, 3], 1: [0, 0] } } });
  });

  it('of a file that jest does not count is dropped', async () => {
    process.env['TEST_COLLECT_COVERAGE'] = '1';
    globals.__coverage__ = {};
    await send({ path: `${PROJECT_ROOT}/package.json`, s: { 0: 1 }, f: {}, b: {} });
    expect(globals.__coverage__).toEqual({});
  });

  it('has no sink in a run without coverage', () => {
    process.env['TEST_COLLECT_COVERAGE'] = '0';
    expect(countingSinks()).toEqual({});
  });

  it('takes our rooms from the bundler’s own compiler', () => {
    const own = { test: /\.ts$/, use: 'swc-loader' };
    const other = { test: /\.js$/, use: 'source-map-loader' };
    const config = countingBundle(['/rooms/domain']).webpackConfigHook?.({ module: { rules: [own, other] } });
    expect(config?.module?.rules).toEqual([
      { ...own, exclude: ['/rooms/domain', /node_modules/] },
      other,
      expect.objectContaining({ include: ['/rooms/domain'] }),
    ]);
  });
});
