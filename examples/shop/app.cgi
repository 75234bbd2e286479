#!/bin/sh
# GET  /cgi-bin/item?NAME        the item's value, read from a redis follower
# POST /cgi-bin/item?NAME=VALUE  writes it to the redis leader
name=$(printf %s "${QUERY_STRING%%=*}" | tr -cd 'a-zA-Z0-9_-')
export REDISCLI_AUTH="$REDIS_PASSWORD"
if [ "$REQUEST_METHOD" = POST ]; then
    value=$(printf %s "${QUERY_STRING#*=}" | tr -cd 'a-zA-Z0-9_-')
    answer=$(redis-cli -h "$REDIS_LEADER" set "item:$name" "$value" 2>&1)
else
    answer=$(redis-cli -h "$REDIS_FOLLOWER" get "item:$name" 2>&1)
fi
printf 'Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n%s\n' "$answer"
