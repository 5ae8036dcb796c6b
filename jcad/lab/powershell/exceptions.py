"""The .NET exception types that the lab knows, each with its base: what `catch [type]` and `-is` go by.

A pure table; a type that is not in it is unknown to scripts as well.
"""

from __future__ import annotations

from typing import Final

_ROOT: Final = "System.Exception"

#: Exception type -> base type, full names. Source: .NET Framework 4.8 and Windows PowerShell 5.1 reference.
EXCEPTION_BASES: Final[dict[str, str]] = {
    "System.Exception": "System.Object",
    "System.SystemException": _ROOT,
    "System.ApplicationException": _ROOT,
    "System.AggregateException": _ROOT,
    "System.ArithmeticException": "System.SystemException",
    "System.DivideByZeroException": "System.ArithmeticException",
    "System.OverflowException": "System.ArithmeticException",
    "System.NotFiniteNumberException": "System.ArithmeticException",
    "System.ArgumentException": "System.SystemException",
    "System.ArgumentNullException": "System.ArgumentException",
    "System.ArgumentOutOfRangeException": "System.ArgumentException",
    "System.ArrayTypeMismatchException": "System.SystemException",
    "System.FormatException": "System.SystemException",
    "System.UriFormatException": "System.FormatException",
    "System.IndexOutOfRangeException": "System.SystemException",
    "System.InvalidCastException": "System.SystemException",
    "System.InvalidOperationException": "System.SystemException",
    "System.ObjectDisposedException": "System.InvalidOperationException",
    "System.MemberAccessException": "System.SystemException",
    "System.MissingMemberException": "System.MemberAccessException",
    "System.MissingMethodException": "System.MissingMemberException",
    "System.MissingFieldException": "System.MissingMemberException",
    "System.MethodAccessException": "System.MemberAccessException",
    "System.NotImplementedException": "System.SystemException",
    "System.NotSupportedException": "System.SystemException",
    "System.PlatformNotSupportedException": "System.NotSupportedException",
    "System.NullReferenceException": "System.SystemException",
    "System.OperationCanceledException": "System.SystemException",
    "System.OutOfMemoryException": "System.SystemException",
    "System.InsufficientMemoryException": "System.OutOfMemoryException",
    "System.RankException": "System.SystemException",
    "System.StackOverflowException": "System.SystemException",
    "System.TimeoutException": "System.SystemException",
    "System.TypeInitializationException": "System.SystemException",
    "System.TypeLoadException": "System.SystemException",
    "System.UnauthorizedAccessException": "System.SystemException",
    "System.AccessViolationException": "System.SystemException",
    "System.BadImageFormatException": "System.SystemException",
    "System.Collections.Generic.KeyNotFoundException": "System.SystemException",
    "System.ComponentModel.InvalidEnumArgumentException": "System.ArgumentException",
    "System.ComponentModel.Win32Exception": "System.Runtime.InteropServices.ExternalException",
    "System.Configuration.ConfigurationException": "System.SystemException",
    "System.Configuration.Install.InstallException": "System.SystemException",
    "System.Data.DataException": "System.SystemException",
    "System.DirectoryServices.AccountManagement.MultipleMatchesException": (
        "System.DirectoryServices.AccountManagement.PrincipalException"
    ),
    "System.DirectoryServices.AccountManagement.PasswordException": (
        "System.DirectoryServices.AccountManagement.PrincipalException"
    ),
    "System.DirectoryServices.AccountManagement.PrincipalException": "System.SystemException",
    "System.DirectoryServices.ActiveDirectory.ActiveDirectoryObjectNotFoundException": _ROOT,
    "System.DirectoryServices.ActiveDirectory.ActiveDirectoryOperationException": _ROOT,
    "System.DirectoryServices.ActiveDirectory.ActiveDirectoryServerDownException": _ROOT,
    "System.DirectoryServices.DirectoryServicesCOMException": "System.Runtime.InteropServices.COMException",
    "System.DirectoryServices.Protocols.DirectoryException": _ROOT,
    "System.DirectoryServices.Protocols.DirectoryOperationException": (
        "System.DirectoryServices.Protocols.DirectoryException"
    ),
    "System.DirectoryServices.Protocols.LdapException": "System.DirectoryServices.Protocols.DirectoryException",
    "System.IO.IOException": "System.SystemException",
    "System.IO.DirectoryNotFoundException": "System.IO.IOException",
    "System.IO.DriveNotFoundException": "System.IO.IOException",
    "System.IO.EndOfStreamException": "System.IO.IOException",
    "System.IO.FileLoadException": "System.IO.IOException",
    "System.IO.FileNotFoundException": "System.IO.IOException",
    "System.IO.InvalidDataException": "System.SystemException",
    "System.IO.PathTooLongException": "System.IO.IOException",
    "System.Management.Automation.ActionPreferenceStopException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ApplicationFailedException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ArgumentTransformationMetadataException": (
        "System.Management.Automation.MetadataException"
    ),
    "System.Management.Automation.BreakException": "System.Management.Automation.LoopFlowException",
    "System.Management.Automation.CmdletInvocationException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.CmdletProviderInvocationException": (
        "System.Management.Automation.CmdletInvocationException"
    ),
    "System.Management.Automation.CommandNotFoundException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.DriveNotFoundException": ("System.Management.Automation.SessionStateException"),
    "System.Management.Automation.ExtendedTypeSystemException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.GetValueException": "System.Management.Automation.ExtendedTypeSystemException",
    "System.Management.Automation.GetValueInvocationException": "System.Management.Automation.GetValueException",
    "System.Management.Automation.HaltCommandException": "System.SystemException",
    "System.Management.Automation.Host.HostException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.IncompleteParseException": "System.Management.Automation.ParseException",
    "System.Management.Automation.InvalidPipelineStateException": "System.SystemException",
    "System.Management.Automation.ItemNotFoundException": "System.Management.Automation.SessionStateException",
    "System.Management.Automation.LoopFlowException": "System.Management.Automation.FlowControlException",
    "System.Management.Automation.FlowControlException": "System.SystemException",
    "System.Management.Automation.MetadataException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.MethodException": "System.Management.Automation.ExtendedTypeSystemException",
    "System.Management.Automation.MethodInvocationException": "System.Management.Automation.MethodException",
    "System.Management.Automation.PSArgumentException": "System.ArgumentException",
    "System.Management.Automation.PSArgumentNullException": "System.ArgumentNullException",
    "System.Management.Automation.PSArgumentOutOfRangeException": "System.ArgumentOutOfRangeException",
    "System.Management.Automation.PSInvalidCastException": "System.InvalidCastException",
    "System.Management.Automation.PSInvalidOperationException": "System.InvalidOperationException",
    "System.Management.Automation.PSNotImplementedException": "System.NotImplementedException",
    "System.Management.Automation.PSNotSupportedException": "System.NotSupportedException",
    "System.Management.Automation.PSObjectDisposedException": "System.ObjectDisposedException",
    "System.Management.Automation.PSSecurityException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ParameterBindingException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ParameterBindingArgumentTransformationException": (
        "System.Management.Automation.ParameterBindingException"
    ),
    "System.Management.Automation.ParameterBindingValidationException": (
        "System.Management.Automation.ParameterBindingException"
    ),
    "System.Management.Automation.ParentContainsErrorRecordException": "System.SystemException",
    "System.Management.Automation.ParseException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ParsingMetadataException": "System.Management.Automation.MetadataException",
    "System.Management.Automation.PipelineClosedException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.PipelineStoppedException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.PropertyNotFoundException": (
        "System.Management.Automation.ExtendedTypeSystemException"
    ),
    "System.Management.Automation.ProviderInvocationException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.ProviderNotFoundException": "System.Management.Automation.SessionStateException",
    "System.Management.Automation.RemoteException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.Remoting.PSRemotingDataStructureException": (
        "System.Management.Automation.RuntimeException"
    ),
    "System.Management.Automation.Remoting.PSRemotingTransportException": (
        "System.Management.Automation.RuntimeException"
    ),
    "System.Management.Automation.RuntimeException": "System.SystemException",
    "System.Management.Automation.ScriptBlockToPowerShellNotSupportedException": (
        "System.Management.Automation.RuntimeException"
    ),
    "System.Management.Automation.ScriptCallDepthException": "System.SystemException",
    "System.Management.Automation.ScriptRequiresException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.SessionStateException": "System.Management.Automation.RuntimeException",
    "System.Management.Automation.SessionStateOverflowException": (
        "System.Management.Automation.SessionStateException"
    ),
    "System.Management.Automation.SessionStateUnauthorizedAccessException": (
        "System.Management.Automation.SessionStateException"
    ),
    "System.Management.Automation.SetValueException": "System.Management.Automation.ExtendedTypeSystemException",
    "System.Management.Automation.SetValueInvocationException": "System.Management.Automation.SetValueException",
    "System.Management.Automation.ValidationMetadataException": "System.Management.Automation.MetadataException",
    "System.Management.Automation.WildcardPatternException": "System.Management.Automation.RuntimeException",
    "System.Management.ManagementException": "System.SystemException",
    "System.Net.Http.HttpRequestException": _ROOT,
    "System.Net.Mail.SmtpException": _ROOT,
    "System.Net.ProtocolViolationException": "System.InvalidOperationException",
    "System.Net.Sockets.SocketException": "System.ComponentModel.Win32Exception",
    "System.Net.WebException": "System.InvalidOperationException",
    "System.Reflection.TargetInvocationException": "System.ApplicationException",
    "System.Reflection.TargetException": "System.ApplicationException",
    "System.Reflection.TargetParameterCountException": "System.ApplicationException",
    "System.Reflection.AmbiguousMatchException": "System.SystemException",
    "System.Runtime.InteropServices.COMException": "System.Runtime.InteropServices.ExternalException",
    "System.Runtime.InteropServices.ExternalException": "System.SystemException",
    "System.Runtime.InteropServices.SEHException": "System.Runtime.InteropServices.ExternalException",
    "System.Runtime.Serialization.SerializationException": "System.SystemException",
    "System.Security.AccessControl.PrivilegeNotHeldException": "System.UnauthorizedAccessException",
    "System.Security.Authentication.AuthenticationException": "System.SystemException",
    "System.Security.Authentication.InvalidCredentialException": (
        "System.Security.Authentication.AuthenticationException"
    ),
    "System.Security.Cryptography.CryptographicException": "System.SystemException",
    "System.Security.Principal.IdentityNotMappedException": "System.SystemException",
    "System.Security.SecurityException": "System.SystemException",
    "System.ServiceProcess.TimeoutException": "System.SystemException",
    "System.Text.DecoderFallbackException": "System.ArgumentException",
    "System.Text.EncoderFallbackException": "System.ArgumentException",
    "System.Text.Json.JsonException": _ROOT,
    "System.Text.RegularExpressions.RegexMatchTimeoutException": "System.TimeoutException",
    "System.Text.RegularExpressions.RegexParseException": "System.ArgumentException",
    "System.Threading.AbandonedMutexException": "System.SystemException",
    "System.Threading.SynchronizationLockException": "System.SystemException",
    "System.Threading.Tasks.TaskCanceledException": "System.OperationCanceledException",
    "System.Threading.ThreadAbortException": "System.SystemException",
    "System.Threading.ThreadInterruptedException": "System.SystemException",
    "System.Xml.XmlException": "System.SystemException",
    "System.Xml.Schema.XmlSchemaException": "System.SystemException",
    "System.Xml.XPath.XPathException": "System.SystemException",
    "Microsoft.PowerShell.Commands.HttpResponseException": "System.Net.Http.HttpRequestException",
    "Microsoft.PowerShell.Commands.ProcessCommandException": "System.SystemException",
    "Microsoft.PowerShell.Commands.ServiceCommandException": "System.SystemException",
    "Microsoft.PowerShell.Commands.WriteErrorException": "System.SystemException",
}


def exception_bases(type_name: str) -> list[str]:
    """The types of an exception, from its own to System.Object. An unlisted type counts as a plain System.Exception."""
    chain = [type_name]
    while chain[-1] != "System.Object":
        chain.append(EXCEPTION_BASES.get(chain[-1], "System.Exception"))
    return chain


def is_exception_type(type_name: str, base: str) -> bool:
    """Whether an exception of the one type is caught as the other (both full names, case ignored)."""
    wanted = base.casefold()
    return any(name.casefold() == wanted for name in exception_bases(type_name))
