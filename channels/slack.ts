import type { AlertChannel, AlertMessage } from '../domain/alert/channel';
import { linesOf, subjectOf } from '../domain/alert/describe';
import { postJson } from './post-json';

/**
 * An incoming webhook of Slack. It takes no key against doubles: an attempt whose answer was lost may appear twice, and
 * then bears the same alert number.
 */
export function slackChannel(name: 'slack' | 'slack-critical', url: string): AlertChannel {
  return { name, send: (message) => postJson(url, { text: textOf(message) }) };
}

/** Slack reads `<!channel>` and links in `<…>`: the text of an alert is only ever text. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function textOf(message: AlertMessage): string {
  return [subjectOf(message), ...linesOf(message)].map(escaped).join('\n');
}
