/** The workflow bundle: each export is a workflow type. */
export { trade } from './trade';
export { watchAccount } from './watch-account';
export { checkIntent } from './check-intent';
