import { isFull } from '../../base/errors.ts';

/** Whether it was written: a full disk keeps nobody from what matters more. */
export const unlessFull = async (writing: Promise<void>): Promise<boolean> => {
  try {
    await writing;
    return true;
  } catch (error) {
    if (!isFull(error)) throw error;
    return false;
  }
};
