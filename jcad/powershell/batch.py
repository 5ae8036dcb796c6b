"""Cutting a list of items into batches that a script takes as one JSON argument, secrets beside it. Pure.

The items, as every script's `.PARAMETER Batch` documents them. `id` is the caller's own name for the item (its answer
comes back under it), `guid` a UUID; text is plain here and gets its marker on the way:

    create-user     id, guid (of an account that an earlier run made, or None), expected ({}), sam, upn, name, path,
                    enabled, attributes ({ldapName: text}); and its password as a secret
    set-attributes  id, guid, expected ({attribute: text or None}), set ({attribute: text}), clear ([attribute])
    reset-password  id, guid, expected ({"pwdLastSet": text}), unlock; and its password as a secret
    disable-user    id, guid, expected ({"userAccountControl": int})
    enable-user     id, guid, expected ({"userAccountControl": int})
    unlock-user     id, guid, expected ({"lockoutTime": text})
    move-object     id, guid, expected ({"parent": distinguished name}), path
    create-group    id, guid (as for create-user), name, sam, path, description (or None)
    rename-group    id, guid, expected ({"name", "sam"}), name, sam
    add-members     id, guid (of the group), member (UUID)
    remove-members  id, guid (of the group), member (UUID)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jcad.model.script import Call, Script
from jcad.model.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One run's worth of items. `ids` are those that the script answers for, one line each."""

    script: Script
    ids: tuple[str, ...]
    text: str = field(repr=False)
    secrets: tuple[Secret, ...] = ()

    def call(self, *, server: str, what_if: bool = False) -> Call:
        """The call that carries this batch out on `server`; `what_if` changes nothing there."""
        parameters: dict[str, str | int | bool] = {"Batch": self.text, "Server": server}
        if what_if:
            parameters["WhatIf"] = True
        return Call(script=self.script, parameters=parameters, secrets=self.secrets)


def batches(
    script: Script, items: Iterable[Mapping[str, Any]], secrets: Sequence[Secret] = ()
) -> Iterator[Batch]:
    """Cut items into batches, in their order; `secrets` are parallel to the items where the script takes them."""
    raise NotImplementedError
