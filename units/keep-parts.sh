# shellcheck shell=dash
# keep-parts.sh: before HAProxy reads the parts of all sites, in each start and each reload of it.
cd /var/lib/php-zd/haproxy || exit

# The part of a site without the directory of its socket would keep HAProxy from its start, and end it in a reload, with the requests of
# every site (facts.md N39): a site that was removed by hand, or whose group was. A start of such a site writes its part anew.
for part in *.cfg; do
  [ -d "/run/php-zd/${part%.cfg}/balancer" ] || [ ! -e "$part" ] || mv -- "$part" "$part.off"
done

# And a site that runs without its part would lose its visitors. Node.js starts only where there is one.
for directory in /run/php-zd/*/balancer; do
  site=${directory%/balancer}
  site=${site##*/}
  if [ ! -e "$site.cfg" ] && [ -d "$directory" ] && systemctl is-active --quiet "php-zd@$site"; then
    # Without it HAProxy comes to those who have their part.
    timeout 20 @PROGRAM@ unit keep-parts || :
    break
  fi
done
exit 0
