/** Longest text of a venue that is kept: enough for its code and its words. */
const LONGEST = 400;
/** Values of these names are never kept, whatever they are. */
const SECRET_FIELDS =
  /("?\b(?:signature|sign|apiKey|api_key|api-key|secret|passphrase|password|token|jwt|authorization)"?\s*[=:]\s*"?)[^"&\s,}]+/gi;

/** Makes a text fit to be stored and shown: no secret of the account, no signature, one line, bounded. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // A key in PEM has lines, which an answer may quote with other ends than ours.
  const known = secrets.flatMap((secret) => secret.split(/\r?\n|\\n/)).filter((secret) => secret.length >= 4);
  return (text) => {
    const hidden = known.reduce((rest, secret) => rest.split(secret).join('…'), text);
    return hidden.replace(SECRET_FIELDS, '$1…').replace(/\s+/g, ' ').trim().slice(0, LONGEST);
  };
}
