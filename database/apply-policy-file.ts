import { documentProblems } from '../domain/risk/policy-document';
import type { PolicyDocument } from '../domain/risk/policy-document';
import { recordAudit } from './audit';
import { openDatabase } from './pool';
import { applyPolicy } from './risk';
import type { PolicyApplied } from './risk';

/** A policy file that breaks rules; its message names each field and rule. */
class PolicyProblems extends Error {
  override readonly name = 'PolicyProblems';
}

/** A document as a policy. @throws PolicyProblems */
function checkedPolicy(file: string, document: unknown): PolicyDocument {
  const problems = documentProblems(document).map(({ field, rule }) => `${field === '' ? 'the file' : field} ${rule}`);
  if (problems.length > 0) throw new PolicyProblems(`the policy file ${file}: ${problems.join('; ')}`);
  return document as PolicyDocument;
}

/** Puts the file of this installation into force at its start, and leaves a line in the audit log when that changed something. */
export async function applyPolicyFile(databaseUrl: string, file: string, document: unknown): Promise<PolicyApplied> {
  const policy = checkedPolicy(file, document);
  const database = openDatabase(databaseUrl, { max: 1 });
  try {
    const began = performance.now();
    const applied = await applyPolicy(database, policy, 'local:start');
    if (applied.stored || applied.changed.length > 0) {
      await recordAudit(database, {
        actor: 'local:start',
        method: 'CLI',
        path: 'risk apply',
        status: 0,
        durationMs: performance.now() - began,
        metadata: { ...applied },
      });
    }
    return applied;
  } finally {
    await database.end();
  }
}
