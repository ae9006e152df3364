"""The people behind the service, `[staff]`, and how their mail proves itself, `[authentication]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from mailbot.config.kinds import Address, AuthservId, FieldName, Line, Lines, RuleError, Table, once, some, whole


class MemberEntry(Table):
    name: Line
    address: Address
    aliases: tuple[Address, ...] = ()
    roles: Annotated[
        tuple[Literal["staff", "supervisor"], ...],
        AfterValidator(some),
        Field(description='"staff", "supervisor" or both'),
    ] = ("staff", "supervisor")
    signature: Lines | None = None

    _each_role_once = field_validator("roles")(once)

    def addresses(self) -> list[str]:
        """Everything this member may write from, lower-cased."""
        return [address.lower() for address in (self.address, *self.aliases)]


class Staff(Table):
    members: Annotated[tuple[MemberEntry, ...], Field(description="a list of members, one with the role staff")]
    grace_minutes: Annotated[int, whole(0, 1440)] = 5

    @field_validator("members")
    @classmethod
    def _somebody_reads(cls, members: tuple[MemberEntry, ...]) -> tuple[MemberEntry, ...]:
        if not any("staff" in member.roles for member in members):
            raise RuleError("at least one member with the role staff, or nobody reads the mail")
        addresses = [address for member in members for address in member.addresses()]
        for address in addresses:
            if addresses.count(address) > 1:
                raise RuleError(f"each address and alias only once: {address} says twice who wrote")
        return members


class InternalHeader(Table):
    name: FieldName
    value: Line


class Authentication(Table):
    trusted_authserv_ids: tuple[AuthservId, ...] = ()
    internal_header: InternalHeader | None = None
    staff: Literal["dmarc", "internal", "none"] = "dmarc"

    @field_validator("staff")
    @classmethod
    def _names_its_header(cls, staff: str, info: ValidationInfo) -> str:
        if staff == "internal" and "internal_header" in info.data and info.data["internal_header"] is None:
            raise RuleError('"dmarc", or "internal" with authentication.internal_header')
        return staff
