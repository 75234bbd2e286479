#!/bin/sh
# Builds the examples' images from programs that Debian packages brought to this host (nginx, redis-server, busybox-static): no registry.
#
#   examples/build-images.sh [podman options, for example --root DIR --runroot DIR]
#
# Makes localhost/shop/nginx:1, localhost/shop/redis:1, localhost/shop/app:1 and localhost/shop/app:2 (the same, another version string).
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

need() {
    command -v "$1" >/dev/null || PATH="$PATH:/usr/sbin:/sbin" command -v "$1" >/dev/null || {
        echo "build-images: $1 is missing: install the package $2" >&2
        exit 1
    }
}
need busybox busybox-static
need nginx nginx-light
need redis-server redis-server
PATH="$PATH:/usr/sbin:/sbin"

# A root file system with busybox and its applets: a shell and wget for probes and hooks.
base() {
    root="$work/$1"
    mkdir -p "$root/bin" "$root/etc" "$root/tmp" "$root/var/log" "$root/var/lib" "$root/run" "$root/usr/share"
    chmod 1777 "$root/tmp"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for applet in $(busybox --list); do
        [ "$applet" = busybox ] || ln -sf busybox "$root/bin/$applet"
    done
    printf 'root:x:0:0:root:/:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\nredis:x:101:101:redis:/var/lib/redis:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nwww-data:x:33:\nredis:x:101:\n' >"$root/etc/group"
}

# Copies a program and the libraries it is linked with, at their own paths.
program() {
    real=$(readlink -f "$(command -v "$2")")
    cp "$real" "$work/$1/bin/$2"
    for library in $(ldd "$real" | grep -o '/[^ ]*'); do
        mkdir -p "$work/$1$(dirname "$library")"
        cp -L "$library" "$work/$1$library"
    done
}

import() {
    name=$1
    reference=$2
    shift 2
    tar -C "$work/$name" -c . | podman $podman_options import --quiet --change 'ENV PATH=/bin' "$@" - "$reference" >/dev/null
    echo "built $reference"
}

podman_options="$*"

base nginx
program nginx nginx
mkdir -p "$work/nginx/etc/nginx" "$work/nginx/var/lib/nginx" "$work/nginx/var/log/nginx" "$work/nginx/usr/share/nginx/html"
cp /etc/nginx/mime.types "$work/nginx/etc/nginx/mime.types"
printf 'events {}\nhttp { server { listen 8080; } }\n' >"$work/nginx/etc/nginx/nginx.conf"
import nginx localhost/shop/nginx:1 --change 'CMD ["nginx", "-g", "daemon off;"]' --change 'STOPSIGNAL SIGQUIT'

base redis
program redis redis-server
program redis redis-cli
mkdir -p "$work/redis/data"
chmod 1777 "$work/redis/data"
import redis localhost/shop/redis:1 --change 'WORKDIR /data' --change 'CMD ["redis-server"]'

# The application: busybox's httpd, with a CGI script that reads from a follower and writes to the leader.
base app
program app redis-cli
mkdir -p "$work/app/www/cgi-bin"
cp "$(dirname "$0")/shop/app.cgi" "$work/app/www/cgi-bin/item"
chmod 755 "$work/app/www/cgi-bin/item"
for version in 1 2; do
    printf 'ok\n' >"$work/app/www/healthz"
    printf '%s\n' "$version" >"$work/app/www/version"
    import app "localhost/shop/app:$version" --change 'CMD ["httpd", "-f", "-p", "8080", "-h", "/www"]'
done
