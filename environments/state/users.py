"""Users with their rights, and the keys that may log in. No password or hash leaves the host."""

from collections.abc import Sequence

from environments.state import Read, Source, Values


def read(lines: Sequence[str]) -> Read:
    """Yield `user` with its id, shell, groups and whether its password is locked, and `key` for each line of authorized_keys."""
    users: dict[str, Values] = {}
    groups: dict[str, list[str]] = {}
    for line in lines:
        what, _, rest = line.partition("\t")
        if what == "passwd":
            name, _, uid, gid, _, home, shell = rest.split(":")
            users[name] = {"uid": uid, "gid": gid, "home": home, "shell": shell}
        elif what == "group":
            name, _, _, members = rest.split(":")
            for member in filter(None, members.split(",")):
                groups.setdefault(member, []).append(name)
        elif what == "shadow":
            name, password, expires = rest.split("\t")
            users.get(name, {}).update(password=password, expires=expires)
        elif what == "key":
            user, digest, *comment = rest.split(maxsplit=2)
            yield "key", f"{user} {digest}", {"comment": "".join(comment)}
    for name, values in users.items():
        yield "user", name, values | {"groups": ", ".join(sorted(groups.get(name, ())))}


USERS = Source("users", r"""
sed 's/^/passwd\t/' /etc/passwd && sed 's/^/group\t/' /etc/group || exit 1
awk -F: '{ print "shadow\t" $1 "\t" ($2 == "" ? "none" : $2 ~ /^[!*]/ ? "locked" : "set") "\t" $8 }' /etc/shadow
while IFS=: read -r user _ _ _ _ home _; do
    [ -f "$home/.ssh/authorized_keys" ] || continue
    grep -Ev '^\s*(#|$)' "$home/.ssh/authorized_keys" | while IFS= read -r key; do
        printf 'key\t%s %s\n' "$user" "$(cksum <<<"$key" | cut -d' ' -f1)"
    done
done < /etc/passwd
""", read)
