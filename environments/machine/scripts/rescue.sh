# Runs in a container of its own. $1 is "thaw" or "kill", $2 holds the ids of the containers that it is done to; below /held
# lie directories of the engine whose files must become deletable.

free() {  # what to do, id of a container, mount point of a hierarchy
    local group
    find "$3" -type d -name "*$2*" -prune | while read -r group; do
        thaw "$group"
        [ "$1" != kill ] || [ ! -e "$group/cgroup.kill" ] || echo 1 > "$group/cgroup.kill"  # cgroup v2
    done
}

if unified; then hierarchy=unified; else hierarchy=freezer; fi
for id in $2; do mounted "$hierarchy" free "$1" "$id"; done
[ ! -d /held ] || chattr -R -f -i -a /held
unified || sweep_unused_hierarchies
exit 0
