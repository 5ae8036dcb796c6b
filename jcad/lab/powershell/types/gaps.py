"""Members that .NET's types have and the lab's do not: they are refused by name, where others are errors of PowerShell's.

Each line is a type and the names of its members, whether or not the lab declares them: what it declares is found first.
"""

from __future__ import annotations

from typing import Final

from jcad.lab.powershell import nettype as net
from jcad.lab.powershell.calls import LACKING
from jcad.lab.powershell.types.registry import MEMBERS

_NUMBER: Final = """
    Abs Clamp CompareTo CopySign CreateChecked CreateSaturating CreateTruncating DivRem Equals GetTypeCode
    IsEvenInteger IsNegative IsOddInteger IsPositive IsPow2 LeadingZeroCount Log2 Max MaxMagnitude Min MinMagnitude
    Parse PopCount RotateLeft RotateRight Sign TrailingZeroCount TryFormat TryParse ToBoolean ToByte ToChar
    ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToType ToUInt16 ToUInt32 ToUInt64
    MaxValue MinValue
"""
_REAL: Final = """
    IsInteger IsNormal IsSubnormal IsRealNumber Acos Acosh Asin Asinh Atan Atan2 Atanh BitDecrement BitIncrement
    Cbrt Ceiling Cos Cosh Exp Exp2 Exp10 Floor FusedMultiplyAdd Hypot Ieee754Remainder ILogB Lerp Log Log10 Pow
    ReciprocalEstimate RootN Round ScaleB Sin SinCos Sinh Sqrt Tan Tanh Truncate DegreesToRadians RadiansToDegrees
    Epsilon NaN NegativeInfinity NegativeZero PositiveInfinity Pi E Tau
"""
_LINQ: Final = """
    Aggregate AggregateBy All Any Append AsEnumerable Average Cast Chunk Concat Contains Count CountBy
    DefaultIfEmpty Distinct DistinctBy ElementAt ElementAtOrDefault Empty Except ExceptBy First FirstOrDefault
    GroupBy GroupJoin Index Intersect IntersectBy Join Last LastOrDefault LongCount Max MaxBy Min MinBy OfType Order
    OrderBy OrderByDescending OrderDescending Prepend Range Repeat Reverse Select SelectMany SequenceEqual Single
    SingleOrDefault Skip SkipLast SkipWhile Sum Take TakeLast TakeWhile ThenBy ThenByDescending ToArray ToDictionary
    ToHashSet ToList ToLookup Union UnionBy Where Zip
"""
_DICTIONARY: Final = "Comparer Capacity EnsureCapacity TrimExcess GetAlternateLookup GetObjectData OnDeserialization"
_SET: Final = "Comparer Capacity EnsureCapacity TrimExcess TryGetValue CreateSetComparer GetObjectData GetEnumerator"
_XML_NODE: Final = """
    Attributes BaseURI ChildNodes CreateNavigator FirstChild GetEnumerator GetNamespaceOfPrefix GetPrefixOfNamespace
    HasChildNodes InnerText InnerXml IsReadOnly LastChild LocalName Name NamespaceURI NextSibling NodeType OuterXml
    OwnerDocument ParentNode Prefix PreviousSibling PreviousText SchemaInfo Supports Value WriteContentTo WriteTo
"""
_ENCODING: Final = """
    ASCII BigEndianUnicode BodyName Clone CodePage CreateTranscodingStream DecoderFallback Default EncoderFallback
    EncodingName GetDecoder GetEncoder GetEncodings GetMaxByteCount GetMaxCharCount HeaderName IsAlwaysNormalized
    IsBrowserDisplay IsBrowserSave IsMailNewsDisplay IsMailNewsSave IsReadOnly IsSingleByte Latin1 Preamble
    RegisterProvider TryGetBytes TryGetChars UTF32 UTF7 UTF8 Unicode WebName WindowsCodePage
"""
_HASH: Final = """
    CanReuseTransform CanTransformMultipleBlocks ComputeHashAsync Hash HashSize Initialize InputBlockSize Key
    OutputBlockSize TransformBlock TransformFinalBlock TryComputeHash
"""

_MEMBERS: Final[dict[str, str]] = {
    "System.String": """
        AsMemory AsSpan CopyTo Create EnumerateRunes GetPinnableReference IsInterned Normalize TryCopyTo ToBoolean
        ToByte ToChar ToDateTime ToDecimal ToDouble ToInt16 ToInt32 ToInt64 ToSByte ToSingle ToType ToUInt16
        ToUInt32 ToUInt64 Copy Intern Empty
    """,
    "System.Char": """
        IsAscii IsAsciiDigit IsAsciiHexDigit IsAsciiHexDigitLower IsAsciiHexDigitUpper IsAsciiLetter
        IsAsciiLetterLower IsAsciiLetterOrDigit IsAsciiLetterUpper IsBetween IsSurrogatePair TryParse MaxValue
        MinValue
    """,
    "System.Math": "Acosh Asinh Atanh BitDecrement BitIncrement CopySign FusedMultiplyAdd ILogB MaxMagnitude MinMagnitude "
    "ReciprocalEstimate ReciprocalSqrtEstimate ScaleB SinCos Tau PI E",
    "System.Convert": "ToBase64CharArray FromBase64CharArray GetTypeCode ToHexStringLower TryFromBase64Chars TryFromBase64String "
    "TryToBase64Chars TryToHexString DBNull",
    "System.Decimal": "FromOACurrency GetBits ToOACurrency ToByte ToDouble ToInt16 ToInt64 ToSByte ToSingle ToUInt16 ToUInt32 "
    "ToUInt64 Compare MinusOne One Zero Scale " + _NUMBER,
    "System.Boolean": "TrueString FalseString TryFormat ToBoolean ToByte ToChar ToInt32 ToType",
    "System.DateTime": """
        AddMicroseconds Deconstruct GetDateTimeFormats GetTypeCode ToType TryFormat ToBoolean ToString Date Day
        DayOfWeek DayOfYear Hour Kind MaxValue Microsecond Millisecond MinValue Minute Month Nanosecond Now Second
        Ticks TimeOfDay Today UnixEpoch UtcNow Year
    """,
    "System.DateTimeOffset": """
        Add AddDays AddMicroseconds AddMonths AddTicks AddYears Compare CompareTo Date DateTime Day DayOfWeek
        DayOfYear Deconstruct Equals EqualsExact FromFileTime Hour LocalDateTime MaxValue Microsecond Millisecond
        MinValue Minute Month Nanosecond Now Offset ParseExact Second Subtract Ticks TimeOfDay ToFileTime
        TotalOffsetMinutes TryFormat TryParseExact UnixEpoch UtcDateTime UtcNow UtcTicks Year
    """,
    "System.TimeSpan": "FromMicroseconds ParseExact TryFormat TryParseExact Microseconds Nanoseconds TotalMicroseconds "
    "TotalNanoseconds MaxValue MinValue NanosecondsPerTick TicksPerDay TicksPerHour TicksPerMicrosecond TicksPerMillisecond "
    "TicksPerMinute TicksPerSecond Zero HoursPerDay MinutesPerHour",
    "System.Guid": "AllBitsSet CreateVersion7 Empty TryFormat TryParseExact TryWriteBytes Variant Version",
    "System.Version": "Major MajorRevision Minor MinorRevision Build Revision TryFormat",
    "System.Uri": """
        AbsolutePath AbsoluteUri Authority CheckHostName CheckSchemeName Compare DnsSafeHost Fragment FromHex
        GetComponents GetLeftPart HexEscape HexUnescape Host HostNameType IdnHost IsAbsoluteUri IsBaseOf
        IsDefaultPort IsFile IsHexDigit IsHexEncoding IsLoopback IsUnc IsWellFormedOriginalString LocalPath
        MakeRelative MakeRelativeUri OriginalString PathAndQuery Port Query Scheme SchemeDelimiter Segments
        TryEscapeDataString TryFormat TryUnescapeDataString UriSchemeFile UriSchemeFtp UriSchemeHttp UriSchemeHttps
        UriSchemeMailto UserEscaped UserInfo
    """,
    "System.UriBuilder": "Fragment Host Password Path Port Query Scheme Uri UserName Equals",
    "System.Array": """
        AsReadOnly ConstrainedCopy ConvertAll Fill FindLast FindLastIndex ForEach GetEnumerator GetLongLength
        Initialize TrueForAll IsFixedSize IsReadOnly IsSynchronized Length LongLength MaxLength Rank SyncRoot
    """,
    "System.Collections.ArrayList": "Adapter FixedSize GetEnumerator ReadOnly Repeat SetRange Synchronized Capacity IsFixedSize "
    "IsReadOnly IsSynchronized SyncRoot",
    "System.Collections.Generic.List`1": "Capacity ConvertAll EnsureCapacity GetEnumerator Slice",
    "System.Collections.Generic.Dictionary`2": _DICTIONARY,
    "System.Collections.Generic.SortedDictionary`2": "Comparer CopyTo",
    "System.Collections.Generic.SortedList`2": "Capacity Comparer GetKeyAtIndex GetValueAtIndex IndexOfKey IndexOfValue RemoveAt "
    "SetValueAtIndex TrimExcess",
    "System.Collections.Generic.HashSet`1": _SET,
    "System.Collections.Generic.SortedSet`1": "Comparer GetViewBetween Max Min Reverse TryGetValue GetEnumerator",
    "System.Collections.Generic.Queue`1": "Capacity EnsureCapacity GetEnumerator TrimExcess",
    "System.Collections.Generic.Stack`1": "Capacity EnsureCapacity GetEnumerator TrimExcess",
    "System.Collections.Queue": "GetEnumerator Synchronized TrimToSize IsSynchronized SyncRoot",
    "System.Collections.Stack": "GetEnumerator Synchronized IsSynchronized SyncRoot",
    "System.Collections.Hashtable": "GetObjectData OnDeserialization Synchronized IsFixedSize IsReadOnly IsSynchronized SyncRoot",
    "System.Collections.Specialized.OrderedDictionary": "CopyTo GetObjectData IsReadOnly",
    "System.Collections.ObjectModel.Collection`1": "GetEnumerator",
    "System.Collections.DictionaryEntry": "Key Value Name Deconstruct",
    "System.Collections.Generic.KeyValuePair`2": "Key Value Deconstruct Create",
    "System.Enum": "GetValuesAsUnderlyingType TryFormat",
    "System.Type": """
        Assembly AssemblyQualifiedName Attributes BaseType ContainsGenericParameters CustomAttributes
        DeclaredConstructors DeclaredMethods DeclaredProperties DeclaringMethod DeclaringType FilterAttribute
        FindInterfaces FindMembers GenericParameterAttributes GenericTypeArguments GetArrayRank GetConstructor
        GetConstructors GetCustomAttributes GetDefaultMembers GetEnumName GetEnumUnderlyingType GetEnumValues
        GetEvent GetEvents GetField GetFields GetGenericParameterConstraints GetGenericTypeDefinition GetInterface
        GetInterfaceMap GetMember GetMembers GetMethod GetMethods GetNestedType GetNestedTypes GetProperties
        GetProperty GetTypeArray GetTypeFromCLSID GetTypeFromHandle GetTypeFromProgID GetTypeInfo GUID
        HasElementType ImplementedInterfaces InvokeMember IsAbstract IsAnsiClass IsArray IsAssignableTo IsByRef
        IsByRefLike IsClass IsCOMObject IsConstructedGenericType IsDefined IsEnum IsEnumDefined IsEquivalentTo
        IsGenericMethodParameter IsGenericType IsGenericTypeDefinition IsImport IsInterface IsNested IsNestedPublic
        IsNotPublic IsPointer IsPrimitive IsPublic IsSealed IsSecurityCritical IsSerializable IsSpecialName
        IsSZArray IsTypeDefinition IsUnmanagedFunctionPointer IsValueType IsVisible MakeByRefType MakeGenericType
        MakePointerType MemberType MetadataToken Module Namespace ReflectedType StructLayoutAttribute TypeHandle
        TypeInitializer UnderlyingSystemType EmptyTypes Missing Delimiter DefaultBinder
    """,
    "System.Exception": "Data GetObjectData HelpLink HResult InnerException Message Source StackTrace TargetSite",
    "System.Text.StringBuilder": "AppendFormat CopyTo Equals GetChunks Capacity Chars Length MaxCapacity",
    "System.Text.Encoding": _ENCODING,
    "System.Text.RegularExpressions.Regex": """
        CacheSize CompileToAssembly Count EnumerateMatches EnumerateSplits GroupNumberFromName InfiniteMatchTimeout
        MatchTimeout Options RightToLeft
    """,
    "System.Text.RegularExpressions.Match": "Synchronized Empty Groups",
    "System.Text.RegularExpressions.Group": "Synchronized Captures Name Success",
    "System.Text.RegularExpressions.Capture": "Index Length Value ValueSpan",
    "System.Text.RegularExpressions.MatchCollection": "CopyTo GetEnumerator IsReadOnly IsSynchronized SyncRoot Contains IndexOf",
    "System.Text.RegularExpressions.GroupCollection": "CopyTo GetEnumerator IsReadOnly IsSynchronized Keys SyncRoot "
    "TryGetValue Values",
    "System.Text.RegularExpressions.CaptureCollection": "CopyTo GetEnumerator IsReadOnly IsSynchronized SyncRoot",
    "System.Linq.Enumerable": _LINQ,
    "System.IO.Path": """
        AltDirectorySeparatorChar DirectorySeparatorChar EndsInDirectorySeparator Exists GetInvalidFileNameChars
        GetInvalidPathChars GetPathRoot GetRelativePath InvalidPathChars IsPathFullyQualified Join PathSeparator
        TrimEndingDirectorySeparator TryJoin VolumeSeparatorChar
    """,
    "System.IO.StringReader": "ReadAsync ReadBlock ReadLineAsync ReadToEndAsync",
    "System.Environment": """
        CommandLine CpuUsage CurrentDirectory CurrentManagedThreadId ExitCode FailFast GetCommandLineArgs
        GetEnvironmentVariables GetFolderPath GetLogicalDrives HasShutdownStarted Is64BitOperatingSystem
        Is64BitProcess IsPrivilegedProcess MachineName NewLine OSVersion ProcessId ProcessPath ProcessorCount
        StackTrace SystemDirectory SystemPageSize TickCount TickCount64 UserDomainName UserInteractive UserName
        Version WorkingSet
    """,
    "System.Net.IPAddress": """
        Address AddressFamily Any Broadcast IPv6Any IPv6Loopback IPv6None IsIPv4MappedToIPv6 IsIPv6LinkLocal
        IsIPv6Multicast IsIPv6SiteLocal IsIPv6Teredo IsIPv6UniqueLocal IsValid IsValidUtf8 Loopback MapToIPv4 None
        ScopeId TryFormat TryWriteBytes
    """,
    "System.Net.WebUtility": "UrlDecodeToBytes UrlEncodeToBytes",
    "System.Net.NetworkCredential": "Domain GetCredential Password SecurePassword UserName",
    "System.Net.Mail.MailAddress": "Address DisplayName Host TryCreate User",
    "System.Security.Principal.SecurityIdentifier": "IsWellKnown IsValidTargetType MaxBinaryLength MinBinaryLength",
    "System.Security.Principal.NTAccount": "IsValidTargetType",
    "System.Security.SecureString": "Length",
    "System.Security.Cryptography.HashAlgorithm": _HASH,
    "System.Security.Cryptography.RandomNumberGenerator": "GetHexString GetItems GetNonZeroBytes GetString Shuffle",
    "System.Random": "GetHexString GetItems GetString Next NextBytes NextDouble NextInt64 NextSingle Shared Shuffle",
    "System.Diagnostics.Stopwatch": "Elapsed ElapsedMilliseconds ElapsedTicks Frequency GetElapsedTime GetTimestamp "
    "IsHighResolution IsRunning",
    "System.Globalization.CultureInfo": """
        Calendar ClearCachedData Clone CompareInfo CultureTypes CurrentCulture CurrentUICulture DateTimeFormat
        DefaultThreadCurrentCulture DefaultThreadCurrentUICulture DisplayName EnglishName
        GetConsoleFallbackUICulture GetCultures GetFormat GetCultureInfoByIetfLanguageTag IetfLanguageTag
        InstalledUICulture InvariantCulture IsNeutralCulture IsReadOnly KeyboardLayoutId LCID Name NativeName
        NumberFormat OptionalCalendars Parent ReadOnly TextInfo ThreeLetterISOLanguageName
        ThreeLetterWindowsLanguageName TwoLetterISOLanguageName UseUserOverride
    """,
    "System.Globalization.NumberFormatInfo": """
        Clone CurrencyDecimalDigits CurrencyDecimalSeparator CurrencyGroupSeparator CurrencyGroupSizes
        CurrencyNegativePattern CurrencyPositivePattern CurrencySymbol CurrentInfo DigitSubstitution GetFormat
        GetInstance InvariantInfo IsReadOnly NaNSymbol NativeDigits NegativeInfinitySymbol NegativeSign
        NumberDecimalDigits NumberDecimalSeparator NumberGroupSeparator NumberGroupSizes NumberNegativePattern
        PercentDecimalDigits PercentDecimalSeparator PercentGroupSeparator PercentGroupSizes PercentNegativePattern
        PercentPositivePattern PercentSymbol PerMilleSymbol PositiveInfinitySymbol PositiveSign ReadOnly
    """,
    "System.Globalization.TextInfo": "ANSICodePage Clone CultureName EBCDICCodePage IsReadOnly IsRightToLeft LCID ListSeparator "
    "MacCodePage OEMCodePage ReadOnly",
    "System.Numerics.BigInteger": _NUMBER
    + " Compare GetBitLength GetByteCount IsEven IsOne IsPowerOfTwo IsZero Log Log10 MinusOne Negate "
    "One ToByteArray TryWriteBytes Zero",
    "System.BitConverter": "DoubleToInt64Bits Int32BitsToSingle Int64BitsToDouble SingleToInt32Bits ToChar ToHalf TryWriteBytes "
    "IsLittleEndian",
    "System.Runtime.InteropServices.Marshal": """
        AllocHGlobal Copy FreeHGlobal FreeBSTR GetLastWin32Error PtrToStructure ReadByte ReadInt16 ReadInt32
        ReadInt64 ReleaseComObject SizeOf StringToBSTR StringToHGlobalAnsi StringToHGlobalUni WriteByte WriteInt32
        ZeroFreeGlobalAllocAnsi FinalReleaseComObject GetActiveObject GetExceptionForHR GetHRForException
        ThrowExceptionForHR
    """,
    "System.IntPtr": "Add Subtract ToInt32 ToInt64 ToPointer Size Zero MaxValue MinValue",
    "System.StringComparer": "Create FromComparison IsWellKnownCultureAwareComparer IsWellKnownOrdinalComparer",
    "System.Xml.XmlNode": _XML_NODE,
    "System.Xml.XmlDocument": """
        CreateDocumentFragment CreateDocumentType CreateEntityReference CreateNode CreateProcessingInstruction
        CreateSignificantWhitespace CreateWhitespace DocumentElement DocumentType Implementation NameTable
        PreserveWhitespace ReadNode Schemas Validate XmlResolver
    """,
    "System.Xml.XmlElement": """
        HasAttributes IsEmpty RemoveAllAttributes RemoveAttributeAt RemoveAttributeNode SetAttributeNode
    """,
    "System.Xml.XmlAttribute": "OwnerElement Specified",
    "System.Xml.XmlAttributeCollection": "Append CopyTo Count GetEnumerator InsertAfter InsertBefore ItemOf Prepend Remove "
    "RemoveAll RemoveAt RemoveNamedItem SetNamedItem",
    "System.Xml.XmlNodeList": "Count GetEnumerator ItemOf",
    "System.Xml.XmlNamespaceManager": "DefaultNamespace GetEnumerator GetNamespacesInScope HasNamespace LookupPrefix NameTable "
    "PopScope PushScope RemoveNamespace",
    "System.Management.Automation.PSCredential": "GetObjectData",
    "System.Management.Automation.ErrorRecord": """
        CategoryInfo ErrorDetails Exception FullyQualifiedErrorId GetObjectData InvocationInfo PipelineIterationInfo
        ScriptStackTrace TargetObject
    """,
    "System.Management.Automation.PSObject": "AsPSObject BaseObject CompareTo GetObjectData ImmediateBaseObject Members Methods "
    "Properties TypeNames",
    "System.Management.Automation.WildcardPattern": "ToWql",
    "System.Management.Automation.SwitchParameter": "IsPresent Present",
}

for _name in ["Byte", "SByte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Single", "Double"]:
    _MEMBERS[f"System.{_name}"] = _NUMBER + (_REAL if _name in ("Single", "Double") else "")


def declare() -> None:
    """Note what is lacking, once the lab's own members are declared."""
    for name, members in _MEMBERS.items():
        kind = net.TYPES.get(name.lower())
        if kind is None:
            continue
        table = MEMBERS.get(kind)
        own = set() if table is None else {*table.names, *table.properties, *table.static_properties}
        LACKING[kind] = frozenset(member for member in members.lower().split() if member not in own)
