{% if name == 'add-members' %}Invoke-AddMembers
{%- elif name == 'allow-logon' %}Invoke-AllowLogon
{%- elif name == 'create-group' %}Invoke-CreateGroup
{%- elif name == 'create-ou' %}Invoke-CreateOu
{%- elif name == 'create-service-account' %}Invoke-CreateServiceAccount
{%- elif name == 'create-user' %}Invoke-CreateUser
{%- elif name == 'disable-user' %}Invoke-DisableUser
{%- elif name == 'enable-user' %}Invoke-EnableUser
{%- elif name == 'move-object' %}Invoke-MoveObject
{%- elif name == 'remove-members' %}Invoke-RemoveMembers
{%- elif name == 'rename-group' %}Invoke-RenameGroup
{%- elif name == 'rename-user' %}Invoke-RenameUser
{%- elif name == 'reset-password' %}Invoke-ResetPassword
{%- elif name == 'set-attributes' %}Invoke-SetAttributes
{%- elif name == 'set-permissions' %}Invoke-SetPermissions
{%- elif name == 'set-service-account' %}Invoke-SetServiceAccount
{%- elif name == 'unlock-user' %}Invoke-UnlockUser
{%- endif -%}
