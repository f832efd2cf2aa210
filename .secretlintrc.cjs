/**
 * What the secret scan looks for, and what was reviewed and let pass. Each entry is as narrow as it can be and says why
 * it is no secret; an entry also counts for the history, so a removed file may need its entry for ever.
 */
const reviewed = [
  // The settings tests need log-ins to refuse and to hide: the host `db` exists nowhere.
  '/(postgres(ql)?|mysql):\\/\\/[a-z]+:[^@\\s]+@db(:5432)?\\/[a-z]+/i',
  // The log-in that the logger test must not find in a log line.
  '/postgres:\\/\\/u:s3cret@host\\/db/',
  // The doctor's tests: port 1 of this machine serves nobody.
  '/postgres:\\/\\/[a-z]+:[a-z]+@127\\.0\\.0\\.1:1\\/x/',
];

module.exports = {
  rules: [
    {
      id: '@secretlint/secretlint-rule-preset-recommend',
      rules: [{ id: '@secretlint/secretlint-rule-database-connection-string', options: { allows: reviewed } }],
    },
  ],
};
