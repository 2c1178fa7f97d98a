# shellcheck shell=dash
# keep-parts.sh [--check]: before HAProxy reads the parts of all sites, in each start and, with --check, each reload of it. HAProxy takes all of
# them or does not start, so one that somebody spoilt would keep every site down.
parts=/var/lib/php-zd/haproxy
checked=/run/php-zd/haproxy/parts-checked
cd "$parts" || exit

aside() {
  rm -rf -- "$1.off"
  mv -T -- "$1" "$1.off"
}

# What a copy or a chmod -R has closed HAProxy's user could not read.
find -H /var/lib/php-zd "$parts" -maxdepth 0 ! -perm 0755 -exec chmod 0755 {} +
find . -maxdepth 1 -type f -name '*.cfg' \( ! -perm 0644 -o ! -user 0 -o ! -group 0 \) -exec chown 0:0 {} + -exec chmod 0644 {} +

# The part of a site without the directory of its socket would keep HAProxy from its start, and end it in a reload, with the requests of
# every site (facts.md N39): a site that was removed by hand, or whose group was. A start of such a site writes its part anew.
for part in *.cfg; do
  if [ -L "$part" ] || { [ -e "$part" ] && { [ ! -f "$part" ] || [ ! -d "/run/php-zd/${part%.cfg}/balancer" ]; }; }; then
    aside "$part"
  fi
done

# And a site that runs without its part would lose its visitors. Node.js starts only where there is one.
for directory in /run/php-zd/*/balancer; do
  site=${directory%/balancer}
  site=${site##*/}
  if [ ! -s "$site.cfg" ] && [ -d "$directory" ] && systemctl is-active --quiet "php-zd@$site"; then
    # Without it HAProxy comes to those who have their part.
    timeout 20 @PROGRAM@ unit keep-parts || :
    break
  fi
done

# A start is to wait for no look at what HAProxy has taken before and nobody has touched since.
if [ "$1" != --check ] && [ -e "$checked" ]; then
  touched=$(find -H . /usr/sbin/haproxy @LIBDIR@/haproxy.cfg @LIBDIR@/haproxy.lua -maxdepth 1 -cnewer "$checked" -print -quit) && [ -z "$touched" ] && exit
fi

check=$1
as_haproxy='setpriv --reuid=php-zd-haproxy --regid=php-zd-haproxy --clear-groups --no-new-privs'

# takes PARTS [AS...]: whether HAProxy takes these options for parts, as root or as who is named; says what it says of them.
takes() {
  options=$1
  shift
  # shellcheck disable=SC2086 # a word each
  "$@" /usr/sbin/haproxy -c -f @LIBDIR@/haproxy.cfg $options 2>&1
  # 2: it has nothing to listen on, which is right where there is no site.
  case $? in 0 | 2) ;; *) return 1 ;; esac
}

# Whether a reload keeps the part, whose site's visitors HAProxy has: it goes on with what it has read.
is_kept() {
  [ "$check" = --check ] || return
  case $(systemctl is-active "php-zd@$1") in active | reloading | activating | deactivating) ;; *) return 1 ;; esac
}

# Afterwards each site that runs has its part as it was promoted, and those that HAProxy does not take nevertheless are out of its way.
mend() {
  # Else it is no part's fault.
  takes '' >/dev/null || return
  timeout 20 @PROGRAM@ unit keep-parts --changed || :
  if takes "-f $parts" >/dev/null; then return; fi
  taken=
  for part in *.cfg; do
    if said=$(takes "$taken -f $parts/$part"); then
      taken="$taken -f $parts/$part"
    elif ! is_kept "${part%.cfg}"; then
      aside "$part"
      echo "<3>php-zd: HAProxy starts without $parts/$part, which is $part.off now: $(echo "$said" | grep -m 1 -F '[ALERT]')" >&2
    fi
  done
}

touch -- "$checked.new"
# shellcheck disable=SC2086 # a word each
if ! takes "-f $parts" $as_haproxy >/dev/null; then
  mend
  if ! said=$(takes "-f $parts" $as_haproxy); then
    # What a start says is said by HAProxy itself.
    [ "$check" = --check ] || exit 0
    echo "$said" >&2
    exit 1
  fi
fi
mv -fT -- "$checked.new" "$checked"
exit 0
