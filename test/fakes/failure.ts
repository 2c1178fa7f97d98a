import { PhpZdError } from '../../src/base/errors.ts';

/** The error that the promise rejects with, which has to be a PhpZdError. */
export const failure = async (promise: Promise<unknown>): Promise<PhpZdError> => {
  const outcome = await promise.then(
    value => new Error(`it did not fail, but gave ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof PhpZdError) return outcome;
  throw outcome;
};
