/** The version of Debian's PHP whose directory a file of PHP-FPM's lies in; undefined for a file elsewhere. */
export const debianVersionOf = (file: string): string | undefined => /^\/etc\/php\/(\d+\.\d+)\//.exec(file)?.[1];
