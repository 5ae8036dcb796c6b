{% if name == 'add-members' %}Invoke-AddMembers
{%- elif name == 'create-group' %}Invoke-CreateGroup
{%- elif name == 'create-user' %}Invoke-CreateUser
{%- elif name == 'disable-user' %}Invoke-DisableUser
{%- elif name == 'enable-user' %}Invoke-EnableUser
{%- elif name == 'move-object' %}Invoke-MoveObject
{%- elif name == 'remove-members' %}Invoke-RemoveMembers
{%- elif name == 'rename-group' %}Invoke-RenameGroup
{%- elif name == 'rename-user' %}Invoke-RenameUser
{%- elif name == 'reset-password' %}Invoke-ResetPassword
{%- elif name == 'set-attributes' %}Invoke-SetAttributes
{%- elif name == 'unlock-user' %}Invoke-UnlockUser
{%- endif -%}
