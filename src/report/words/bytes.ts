const MEBIBYTE = 1_048_576;

/** An amount of memory: 50 MiB, 2.5 GiB. */
export const bytesWords = (bytes: number): string => {
  const mebibytes = bytes / MEBIBYTE;
  return mebibytes < 1000 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(1)} GiB`;
};
