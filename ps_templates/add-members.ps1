{% set adding = true %}
<#
.SYNOPSIS
    Adds members to Active Directory groups, one batch at a time.

.DESCRIPTION
    Groups and members are found by their objectGUIDs. The members of a group are added with one call. A member that
    is in the group already, also by its primary group, is reported as unchanged. A protected group takes no member
    here, and a protected account becomes none: both are conflicts. One member's failure never stops the others.
    Run it with -WhatIf to see whether groups and members can be found, and change nothing.

.PARAMETER Batch
    {"count": n, "items": [{"guid": "<group>", "count": m, "members": [{"id": "...", "guid": "<member>"}, ...]}, ...]}

.PARAMETER Server
    The domain controller that is read and written.

.PARAMETER Credential
    The account that reads and writes, where it is not the one that opened the session.

.OUTPUTS
    One line of JSON per member, as soon as its chunk is done.
#>
[CmdletBinding(SupportsShouldProcess = $true, ConfirmImpact = 'Medium')]
[OutputType([string])]
param(
    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Batch,

    [Parameter(Mandatory = $true)]
    [ValidateNotNullOrEmpty()]
    [string] $Server,

    [pscredential] $Credential
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'

{% include '_batch.ps1' %}

{% include '_members.ps1' %}
