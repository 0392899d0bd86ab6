# Runs in a host, as root, before its container is removed: let go of what would keep the host from ending, or outlive it.

# A process in a frozen group of cgroup v1 cannot even be killed, and then the host cannot end. (On cgroup v2 it can.)
if unified; then
    thaw /sys/fs/cgroup
else
    own=$(sed -n 's/^[0-9]*:freezer://p' /proc/1/cgroup)
    [ "${own%/}" = "" ] || thaw "/sys/fs/cgroup/freezer$own"
fi

# A loop device belongs to the machine. It is this host's if its file is: by the file itself, or by a file system that no other
# host has (the root file system, a tmpfs), where the file may have been deleted meanwhile.
exclusive=$(findmnt --noheadings --raw --output MAJ:MIN --types overlay,tmpfs)
about() { losetup --list --noheadings --output "$2" "$1" | sed 's/^ *//; s/ *$//'; }
losetup --list --noheadings --output NAME 2>/dev/null | while read -r device; do
    number=$(about "$device" BACK-MAJ:MIN)
    [ "$(stat --format '%i %Hd:%Ld' -- "$(about "$device" BACK-FILE)" 2>/dev/null)" = "$(about "$device" BACK-INO) $number" ] \
        || printf '%s\n' "$exclusive" | grep -qxF "$number" || continue
    findmnt --noheadings --raw --output TARGET --source "$device" | while read -r target; do
        fsfreeze --unfreeze "$target" 2>/dev/null  # a frozen file system keeps its device even when nobody mounts it any more
        umount --lazy "$target"
    done
    losetup --detach "$device"
done

unified || sweep_unused_hierarchies
exit 0
