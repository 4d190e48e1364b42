import { isFault, messageOf } from '../../../shared/core/failures.ts';
import { type Finding, warning } from './finding.ts';

/** What `look` found; that a person may not see it says nothing of the thing itself. */
export async function unlessUnseen(
  where: string,
  look: () => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!isFault(error, 'forbidden')) throw error;
    const todo = 'let somebody look who may';
    const said = messageOf(error.cause ?? error);
    return [warning(where, `could not be looked at with your rights: ${said}`, todo)];
  }
}
