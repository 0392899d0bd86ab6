# Functions for control groups, sourced by the other scripts of this folder. They run as root in a container that sees the
# machine's control groups (cgroup v1 without a namespace, or cgroup v2 with the machine's own).

unified() { [ -e /sys/fs/cgroup/cgroup.controllers ]; }

thaw() {  # directory of a group: thaw it and all groups below it, the outermost first (a frozen parent keeps its children)
    local file
    find "$1" -name freezer.state 2>/dev/null | while read -r file; do echo THAWED > "$file"; done
    find "$1" -name cgroup.freeze 2>/dev/null | while read -r file; do echo 0 > "$file"; done
}

mounted() {  # hierarchy ("unified", or controllers of cgroup v1), command: run it with a directory where that is mounted
    local hierarchy=$1 kind="cgroup -o $1" at
    shift
    [ "$hierarchy" != unified ] || kind=cgroup2
    at=$(mktemp -d)
    if mount -t $kind none "$at"; then  # what Docker mounts in a container cannot be written to
        "$@" "$at"
        umount "$at"
    fi
    rmdir "$at"
}

# On cgroup v1 systemd mounts hierarchies that the engine does not use (hugetlb, perf_event and net_cls,net_prio where the
# engine's machine has not mounted them). Docker makes no group for a host there and removes none; a nested engine makes one
# for the host and one for each of its containers, and they stay when the host is gone.
sweep_unused_hierarchies() {
    local parent controllers
    parent=$(sed -n 's/^[0-9]*:freezer://p' /proc/1/cgroup)  # /docker/<id of this container>
    parent=${parent%/*}
    [ -n "$parent" ] || return 0
    sed -n 's|^[0-9]*:\([a-z_,][a-z_,]*\):/$|\1|p' /proc/1/cgroup | while read -r controllers; do
        mounted "$controllers" sweep_dead_hosts "$parent"
    done
}

sweep_dead_hosts() {  # parent group, mount point of a hierarchy: remove the groups of containers that no longer exist
    local group
    # The list is made first: a living container has its group in the freezer before it has one here. rmdir refuses a group in use.
    for group in "$2$1"/*/; do
        [ -d "$group" ] || continue
        [ -e "/sys/fs/cgroup/freezer$1/$(basename "$group")" ] || find "$group" -depth -type d -exec rmdir {} +
    done
}
