/**
 * The releases by which a site came to the last of the visited ones, the latest first, without that one. Whoever goes to a release
 * of the trail goes back: what came after that release was fled from, and is in the trail no more, whichever tool flipped the link.
 */
export const trailBehind = (visited: readonly string[]): readonly string[] => {
  let trail: readonly string[] = [];
  for (const release of visited) {
    const at = trail.indexOf(release);
    trail = at < 0 ? [...trail, release] : trail.slice(0, at + 1);
  }
  return trail.slice(0, -1).reverse();
};
