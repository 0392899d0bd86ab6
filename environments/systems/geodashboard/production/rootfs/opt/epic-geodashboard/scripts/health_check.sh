#!/bin/bash
# Says GREEN or RED for each service; the exit status is the number of red ones.
red=0
check() {
    local name=$1
    shift
    if "$@" >/dev/null 2>&1; then
        printf '%-14s GREEN\n' "$name"
    else
        printf '%-14s RED\n' "$name"
        red=$((red + 1))
    fi
}
domain=geodashboard.example
check backend      curl -fsS --max-time 5 http://127.0.0.1:8000/api/health
check nginx        systemctl is-active nginx
check frontend     curl -fsS --max-time 5 "https://$domain/"
check api          curl -fsS --max-time 5 "https://$domain/api/health"
check prometheus   curl -fsS --max-time 5 http://127.0.0.1:9090/prometheus/-/healthy
check alertmanager curl -fsS --max-time 5 http://127.0.0.1:9093/alertmanager/-/healthy
check grafana      curl -fsS --max-time 5 http://127.0.0.1:3000/grafana/
exit "$red"
