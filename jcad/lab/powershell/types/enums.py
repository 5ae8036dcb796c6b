"""The enumerations that administration scripts name. Source: the .NET and PowerShell API reference."""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell.errors import CATEGORIES
from jcad.lab.powershell.types.names import enum

DAY_OF_WEEK: Final = enum("System.DayOfWeek", "Sunday Monday Tuesday Wednesday Thursday Friday Saturday")
STRING_COMPARISON: Final = enum(
    "System.StringComparison",
    "CurrentCulture CurrentCultureIgnoreCase InvariantCulture InvariantCultureIgnoreCase Ordinal OrdinalIgnoreCase",
)
SPLIT_OPTIONS: Final = enum(
    "System.StringSplitOptions", {"None": 0, "RemoveEmptyEntries": 1, "TrimEntries": 2}, flags=True
)
MIDPOINT: Final = enum("System.MidpointRounding", "ToEven AwayFromZero ToZero ToNegativeInfinity ToPositiveInfinity")
DATE_KIND: Final = enum("System.DateTimeKind", "Unspecified Utc Local")
TYPE_CODE: Final = enum(
    "System.TypeCode",
    {
        "Empty": 0, "Object": 1, "DBNull": 2, "Boolean": 3, "Char": 4, "SByte": 5, "Byte": 6, "Int16": 7, "UInt16": 8, "Int32": 9,
        "UInt32": 10, "Int64": 11, "UInt64": 12, "Single": 13, "Double": 14, "Decimal": 15, "DateTime": 16, "String": 18,
    },
)  # fmt: skip
BASE64_OPTIONS: Final = enum("System.Base64FormattingOptions", {"None": 0, "InsertLineBreaks": 1}, flags=True)
URI_KIND: Final = enum("System.UriKind", "RelativeOrAbsolute Absolute Relative")
URI_HOST: Final = enum("System.UriHostNameType", "Unknown Basic Dns IPv4 IPv6")
CONSOLE_COLOR: Final = enum(
    "System.ConsoleColor",
    "Black DarkBlue DarkGreen DarkCyan DarkRed DarkMagenta DarkYellow Gray DarkGray Blue Green Cyan Red Magenta Yellow White",
)
PLATFORM: Final = enum("System.PlatformID", "Win32S Win32Windows Win32NT WinCE Unix Xbox MacOSX Other")
ENVIRONMENT_TARGET: Final = enum("System.EnvironmentVariableTarget", "Process User Machine")
ATTRIBUTE_TARGETS: Final = enum("System.AttributeTargets", {"All": 32767, "Class": 4}, flags=True)

DATE_STYLES: Final = enum(
    "System.Globalization.DateTimeStyles",
    {
        "None": 0, "AllowLeadingWhite": 1, "AllowTrailingWhite": 2, "AllowInnerWhite": 4, "AllowWhiteSpaces": 7,
        "NoCurrentDateDefault": 8, "AdjustToUniversal": 16, "AssumeLocal": 32, "AssumeUniversal": 64, "RoundtripKind": 128,
    },
    flags=True,
)  # fmt: skip
SPAN_STYLES: Final = enum("System.Globalization.TimeSpanStyles", {"None": 0, "AssumeNegative": 1}, flags=True)
NUMBER_STYLES: Final = enum(
    "System.Globalization.NumberStyles",
    {
        "None": 0, "AllowLeadingWhite": 1, "AllowTrailingWhite": 2, "AllowLeadingSign": 4, "Integer": 7, "AllowTrailingSign": 8,
        "AllowParentheses": 16, "AllowDecimalPoint": 32, "AllowThousands": 64, "Number": 111, "AllowExponent": 128, "Float": 167,
        "AllowCurrencySymbol": 256, "Currency": 383, "Any": 511, "AllowHexSpecifier": 512, "HexNumber": 515,
    },
    flags=True,
)  # fmt: skip
COMPARE_OPTIONS: Final = enum(
    "System.Globalization.CompareOptions",
    {
        "None": 0, "IgnoreCase": 1, "IgnoreNonSpace": 2, "IgnoreSymbols": 4, "IgnoreKanaType": 8, "IgnoreWidth": 16,
        "OrdinalIgnoreCase": 0x10000000, "StringSort": 0x20000000, "Ordinal": 0x40000000,
    },
    flags=True,
)  # fmt: skip
UNICODE_CATEGORY: Final = enum(
    "System.Globalization.UnicodeCategory",
    "UppercaseLetter LowercaseLetter TitlecaseLetter ModifierLetter OtherLetter NonSpacingMark SpacingCombiningMark "
    "EnclosingMark DecimalDigitNumber LetterNumber OtherNumber SpaceSeparator LineSeparator ParagraphSeparator "
    "Control Format Surrogate PrivateUse ConnectorPunctuation DashPunctuation OpenPunctuation ClosePunctuation "
    "InitialQuotePunctuation FinalQuotePunctuation OtherPunctuation MathSymbol CurrencySymbol ModifierSymbol "
    "OtherSymbol OtherNotAssigned",
)
NORMALIZATION: Final = enum("System.Text.NormalizationForm", {"FormC": 1, "FormD": 2, "FormKC": 5, "FormKD": 6})
REGEX_OPTIONS: Final = enum(
    "System.Text.RegularExpressions.RegexOptions",
    {
        "None": 0, "IgnoreCase": 1, "Multiline": 2, "ExplicitCapture": 4, "Compiled": 8, "Singleline": 16,
        "IgnorePatternWhitespace": 32, "RightToLeft": 64, "ECMAScript": 256, "CultureInvariant": 512, "NonBacktracking": 1024,
    },
    flags=True,
)  # fmt: skip
FILE_ATTRIBUTES: Final = enum(
    "System.IO.FileAttributes",
    {
        "None": 0, "ReadOnly": 1, "Hidden": 2, "System": 4, "Directory": 16, "Archive": 32, "Device": 64, "Normal": 128,
        "Temporary": 256, "SparseFile": 512, "ReparsePoint": 1024, "Compressed": 2048, "Offline": 4096,
        "NotContentIndexed": 8192, "Encrypted": 16384, "IntegrityStream": 32768, "NoScrubData": 131072,
    },
    flags=True,
)  # fmt: skip
FILE_MODE: Final = enum(
    "System.IO.FileMode", {"CreateNew": 1, "Create": 2, "Open": 3, "OpenOrCreate": 4, "Truncate": 5, "Append": 6}
)
FILE_ACCESS: Final = enum("System.IO.FileAccess", {"Read": 1, "Write": 2, "ReadWrite": 3}, flags=True)
SEARCH_OPTION: Final = enum("System.IO.SearchOption", "TopDirectoryOnly AllDirectories")
ADDRESS_FAMILY: Final = enum(
    "System.Net.Sockets.AddressFamily",
    {"Unknown": -1, "Unspecified": 0, "Unix": 1, "InterNetwork": 2, "InterNetworkV6": 23},
)
PROTOCOL_TYPE: Final = enum(
    "System.Net.Sockets.ProtocolType",
    {
        "Unknown": -1, "IP": 0, "Icmp": 1, "Igmp": 2, "Ggp": 3, "IPv4": 4, "Tcp": 6, "Pup": 12, "Udp": 17, "Idp": 22, "IPv6": 41,
        "Raw": 255, "Ipx": 1000, "Spx": 1256, "SpxII": 1257,
    },
)  # fmt: skip
SOCKET_TYPE: Final = enum(
    "System.Net.Sockets.SocketType", {"Unknown": -1, "Stream": 1, "Dgram": 2, "Raw": 3, "Rdm": 4, "Seqpacket": 5}
)
SECURITY_PROTOCOL: Final = enum(
    "System.Net.SecurityProtocolType",
    {"SystemDefault": 0, "Ssl3": 48, "Tls": 192, "Tls11": 768, "Tls12": 3072, "Tls13": 12288},
    flags=True,
)
HTTP_STATUS: Final = enum(
    "System.Net.HttpStatusCode",
    {
        "Continue": 100, "OK": 200, "Created": 201, "Accepted": 202, "NoContent": 204, "PartialContent": 206,
        "MovedPermanently": 301, "Found": 302, "SeeOther": 303, "NotModified": 304, "TemporaryRedirect": 307,
        "PermanentRedirect": 308, "BadRequest": 400, "Unauthorized": 401, "PaymentRequired": 402, "Forbidden": 403,
        "NotFound": 404, "MethodNotAllowed": 405, "NotAcceptable": 406, "ProxyAuthenticationRequired": 407,
        "RequestTimeout": 408, "Conflict": 409, "Gone": 410, "PreconditionFailed": 412, "RequestEntityTooLarge": 413,
        "UnsupportedMediaType": 415, "UnprocessableEntity": 422, "TooManyRequests": 429, "InternalServerError": 500,
        "NotImplemented": 501, "BadGateway": 502, "ServiceUnavailable": 503, "GatewayTimeout": 504,
    },
)  # fmt: skip
WEB_STATUS: Final = enum(
    "System.Net.WebExceptionStatus",
    "Success NameResolutionFailure ConnectFailure ReceiveFailure SendFailure PipelineFailure RequestCanceled ProtocolError "
    "ConnectionClosed TrustFailure SecureChannelFailure ServerProtocolViolation KeepAliveFailure Pending Timeout "
    "ProxyNameResolutionFailure UnknownError",
)

_AUTOMATION: Final = "System.Management.Automation"
ERROR_CATEGORY: Final = enum(f"{_AUTOMATION}.ErrorCategory", " ".join(CATEGORIES))
ACTION_PREFERENCE: Final = enum(
    f"{_AUTOMATION}.ActionPreference", "SilentlyContinue Stop Continue Inquire Ignore Suspend Break"
)
CONFIRM_IMPACT: Final = enum(f"{_AUTOMATION}.ConfirmImpact", "None Low Medium High")
COMMAND_ORIGIN: Final = enum(f"{_AUTOMATION}.CommandOrigin", "Runspace Internal")
COMMAND_TYPES: Final = enum(
    f"{_AUTOMATION}.CommandTypes",
    {
        "Alias": 1, "Function": 2, "Filter": 4, "Cmdlet": 8, "ExternalScript": 16, "Application": 32, "Script": 64,
        "Configuration": 256, "All": 383,
    },
    flags=True,
)  # fmt: skip
MEMBER_TYPES: Final = enum(
    f"{_AUTOMATION}.PSMemberTypes",
    {
        "AliasProperty": 1, "CodeProperty": 2, "Property": 4, "NoteProperty": 8, "ScriptProperty": 16, "Properties": 31,
        "PropertySet": 32, "Method": 64, "CodeMethod": 128, "ScriptMethod": 256, "Methods": 448, "ParameterizedProperty": 512,
        "MemberSet": 1024, "Event": 2048, "Dynamic": 4096, "InferredProperty": 8192, "All": 16383,
    },
    flags=True,
)  # fmt: skip
WILDCARD_OPTIONS: Final = enum(
    f"{_AUTOMATION}.WildcardOptions", {"None": 0, "Compiled": 1, "IgnoreCase": 2, "CultureInvariant": 4}, flags=True
)
SPLIT_OPERATOR_OPTIONS: Final = enum(
    f"{_AUTOMATION}.SplitOptions",
    {
        "SimpleMatch": 1, "RegexMatch": 2, "CultureInvariant": 4, "IgnorePatternWhitespace": 8, "Multiline": 16,
        "Singleline": 32, "IgnoreCase": 64, "ExplicitCapture": 128,
    },
    flags=True,
)  # fmt: skip
LANGUAGE_MODE: Final = enum(
    f"{_AUTOMATION}.PSLanguageMode", "FullLanguage RestrictedLanguage NoLanguage ConstrainedLanguage"
)
SERVICE_STATUS: Final = enum(
    "System.ServiceProcess.ServiceControllerStatus",
    {
        "Stopped": 1, "StartPending": 2, "StopPending": 3, "Running": 4, "ContinuePending": 5, "PausePending": 6, "Paused": 7,
    },
)  # fmt: skip
SERVICE_START: Final = enum(
    "System.ServiceProcess.ServiceStartMode", {"Boot": 0, "System": 1, "Automatic": 2, "Manual": 3, "Disabled": 4}
)
