// A bundler's loader that compiles TypeScript exactly as jest does. Coverage that workflow code gathers in its sandbox
// then counts the same branches at the same places as jest's own, and the two can be added up.
const { createTransformer } = require('@swc/jest');
const { projects } = require('../../jest.config.js');

const [, options] = Object.values(projects[0].transform)[0];
const transformer = createTransformer(options);

module.exports = function compile(source) {
  return transformer.process(source, this.resourcePath, { supportsStaticESM: false }).code;
};
