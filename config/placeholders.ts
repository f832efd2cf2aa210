/** Words that documentation and sample files put where a secret belongs. */
const PLACEHOLDERS =
  /^(change-?me|changeit|placeholder|example|demo|test|secret|password|passw0rd|admin|postgres|tradewind|letmein|1234(5678?)?|x{3,}|<.*>|todo|your[-_ ].*)$/i;

/**
 * The rule that a value breaks by being a placeholder or a sample log-in; undefined when it looks real. A connection
 * string is judged by its password, which must also differ from its user.
 */
export function placeholderProblem(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  if (/change-?me/i.test(value) || PLACEHOLDERS.test(value.trim())) return 'is a placeholder, which LIVE=1 refuses';
  if (!value.includes('://') || !URL.canParse(value)) return undefined;
  const { username, password } = new URL(value);
  if (password === '') return undefined;
  const isSample = password === username || PLACEHOLDERS.test(decodeURIComponent(password));
  return isSample ? 'has a sample log-in, which LIVE=1 refuses' : undefined;
}
