"""System.Xml: documents and their nodes over xml.dom.minidom, with PowerShell's way of reading elements as properties."""

from __future__ import annotations

import re
import weakref
import xml.dom.minidom as dom
from typing import TYPE_CHECKING, Any, Final
from xml.dom import Node, NotFoundErr
from xml.parsers.expat import ExpatError

from jcad.errors import LabUnsupported
from jcad.lab.powershell import nettype as net
from jcad.lab.powershell import ranks
from jcad.lab.powershell.casts.failures import Conversion, value_cast
from jcad.lab.powershell.casts.language import LANGUAGE
from jcad.lab.powershell.errors import NetError
from jcad.lab.powershell.indexing import INDEXERS
from jcad.lab.powershell.objects import enumerable, textual, to_text
from jcad.lab.powershell.types.hosts import refusing
from jcad.lab.powershell.types.names import enum
from jcad.lab.powershell.types.registry import members_of
from jcad.lab.powershell.types.xpath import select, text_of
from jcad.lab.powershell.utf16 import joined
from jcad.lab.powershell.values import AUTOMATION_NULL, Array, CodeProperty, EnumValue, NetObject, NetType, Value

if TYPE_CHECKING:
    from collections.abc import Callable

_NODE: Final = net.define("System.Xml.XmlNode", interfaces=(net.ICLONEABLE, net.IENUMERABLE))
_LINKED: Final = net.define("System.Xml.XmlLinkedNode", base=_NODE)
_TEXTUAL: Final = net.define("System.Xml.XmlCharacterData", base=_LINKED)
DOCUMENT: Final = net.define("System.Xml.XmlDocument", base=_NODE)
ELEMENT: Final = net.define("System.Xml.XmlElement", base=_LINKED)
ATTRIBUTE: Final = net.define("System.Xml.XmlAttribute", base=_NODE)
_KINDS: Final = {
    Node.DOCUMENT_NODE: DOCUMENT,
    Node.ELEMENT_NODE: ELEMENT,
    Node.ATTRIBUTE_NODE: ATTRIBUTE,
    Node.TEXT_NODE: net.define("System.Xml.XmlText", base=_TEXTUAL),
    Node.CDATA_SECTION_NODE: net.define("System.Xml.XmlCDataSection", base=_TEXTUAL),
    Node.COMMENT_NODE: net.define("System.Xml.XmlComment", base=_TEXTUAL),
    Node.PROCESSING_INSTRUCTION_NODE: net.define("System.Xml.XmlProcessingInstruction", base=_LINKED),
    Node.DOCUMENT_TYPE_NODE: net.define("System.Xml.XmlDocumentType", base=_LINKED),
    Node.DOCUMENT_FRAGMENT_NODE: net.define("System.Xml.XmlDocumentFragment", base=_NODE),
}
NODE_LIST: Final = net.define("System.Xml.XmlNodeList", interfaces=(net.IENUMERABLE,))
_ATTRIBUTES: Final = net.define("System.Xml.XmlAttributeCollection", interfaces=(net.ICOLLECTION,))
_TYPES: Final = enum(
    "System.Xml.XmlNodeType",
    "None Element Attribute Text CDATA EntityReference Entity ProcessingInstruction Comment Document DocumentType "
    "DocumentFragment Notation Whitespace SignificantWhitespace EndElement EndEntity XmlDeclaration",
)

XmlMembers = dict[str, CodeProperty]


class XmlNode(NetObject):
    """One node. `extended` is made anew whenever it is asked for: attributes and child elements as properties."""

    __slots__ = ("__weakref__", "node")

    def __init__(self, node: Any) -> None:
        self.node = node
        self.type_names = None

    @property
    def net_type(self) -> NetType:  # type: ignore[override]
        """XmlElement, XmlDocument ..."""
        return _KINDS[self.node.nodeType]

    @property
    def extended(self) -> Any:
        """The properties that PowerShell's adapter shows."""
        return _adapted(self.node)

    @extended.setter
    def extended(self, _value: Any) -> None:
        raise LabUnsupported(f"members added to an {self.net_type.name}")


_WRAPPED: Final[weakref.WeakValueDictionary[int, XmlNode]] = weakref.WeakValueDictionary()


def wrap(node: Any) -> XmlNode | None:
    """The one XmlNode of a DOM node."""
    if node is None:
        return None
    known = _WRAPPED.get(id(node))
    if known is None or known.node is not node:
        known = _WRAPPED[id(node)] = XmlNode(node)
    return known


def _name(node: Any) -> str:
    return str(node.localName or node.nodeName)


def _shown(node: Any) -> Value:
    """A child as a property's value: plain text where it is nothing but text."""
    if node.nodeType == Node.ATTRIBUTE_NODE:
        return node.value
    if node.nodeType != Node.ELEMENT_NODE:
        return node.nodeValue or ""
    plain = all(child.nodeType == Node.TEXT_NODE for child in node.childNodes)
    if plain and not node.attributes:
        return text_of(node)
    return wrap(node)


def _adapted(node: Any) -> XmlMembers:
    groups: dict[str, list[Any]] = {}
    if node.nodeType == Node.ELEMENT_NODE:
        for attribute in (node.attributes or {}).values():
            groups.setdefault(attribute.name if attribute.prefix == "xmlns" else _name(attribute), []).append(attribute)
    for child in node.childNodes or ():
        name = _name(child)
        groups.setdefault({"xml": "xml"}.get(name, name), []).append(child)
    found: XmlMembers = {}
    for name, nodes in groups.items():
        found.setdefault(name.lower(), CodeProperty(name, _reader(nodes), _writer(name, nodes)))
    return found


def _reader(nodes: list[Any]) -> Callable[[Any], Value]:
    return lambda _owner: _shown(nodes[0]) if len(nodes) == 1 else Array([_shown(node) for node in nodes])


def _writer(name: str, nodes: list[Any]) -> Callable[[Any, Value], None]:
    def write(_owner: Any, value: Value) -> None:
        if len(nodes) != 1:
            raise LabUnsupported(f"setting the property {name} of several XML nodes")
        if not isinstance(value, str):
            message = 'Cannot set "' + name + '" because only strings can be used as values to set XmlNode properties.'
            raise NetError.of("System.Management.Automation.SetValueException", message)
        set_text(nodes[0], value)

    return write


def set_text(node: Any, text: str) -> None:
    """`InnerText = text`."""
    if node.nodeType == Node.ELEMENT_NODE:
        for child in list(node.childNodes):
            node.removeChild(child)
        if text:
            node.appendChild(node.ownerDocument.createTextNode(text))
    elif node.nodeType == Node.ATTRIBUTE_NODE:
        node.value = text
    else:
        node.nodeValue = text


# ---------------------------------------------------------------- reading and writing text


def parse(text: str) -> XmlNode:
    """A document from text; white space between elements is dropped. XmlException where it is not well-formed."""
    text = joined(text)
    try:
        source = _utf8(text) if text.lstrip().startswith("<?xml") else text.encode("utf-8")
        document = dom.parseString(source)  # noqa: S318  - the lab's own scripts' text
    except (ExpatError, UnicodeEncodeError) as error:
        raise NetError.of("System.Xml.XmlException", str(error)) from None
    document.declared = text.lstrip().startswith("<?xml")  # type: ignore[attr-defined]
    _drop_blanks(document)
    found = wrap(document)
    if found is None:
        raise NetError.of("System.Xml.XmlException", "Root element is missing.")
    return found


def _utf8(text: str) -> bytes:
    head, end, rest = text.lstrip().partition("?>")
    return (re.sub(r"encoding\s*=\s*['\"][^'\"]*['\"]", 'encoding="utf-8"', head) + end + rest).encode("utf-8")


def _drop_blanks(node: Any) -> None:
    for child in list(node.childNodes):
        if child.nodeType == Node.TEXT_NODE and not child.data.strip():
            if len(node.childNodes) > 1 or node.nodeType == Node.DOCUMENT_NODE:
                node.removeChild(child)
        else:
            _drop_blanks(child)


def _escaped(text: str, *, attribute: bool = False) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;").replace("\n", "&#xA;").replace("\t", "&#x9;") if attribute else text


def outer(node: Any) -> str:
    """`OuterXml`."""
    kind = node.nodeType
    if kind == Node.ELEMENT_NODE:
        attributes = "".join(
            f' {one.name}="{_escaped(one.value, attribute=True)}"' for one in (node.attributes or {}).values()
        )
        inner_text = inner(node)
        if not inner_text and not node.childNodes:
            return f"<{node.tagName}{attributes} />"
        return f"<{node.tagName}{attributes}>{inner_text}</{node.tagName}>"
    if kind == Node.ATTRIBUTE_NODE:
        return f'{node.name}="{_escaped(node.value, attribute=True)}"'
    if kind == Node.TEXT_NODE:
        return _escaped(node.data)
    if kind == Node.CDATA_SECTION_NODE:
        return f"<![CDATA[{node.data}]]>"
    if kind == Node.COMMENT_NODE:
        return f"<!--{node.data}-->"
    if kind == Node.DOCUMENT_NODE:
        return _declaration(node) + inner(node)
    return str(node.toxml())


def _declaration(document: Any) -> str:
    if not getattr(document, "declared", False):
        return ""
    encoding = f' encoding="{document.encoding}"' if document.encoding else ""
    return f'<?xml version="{document.version or "1.0"}"{encoding}?>'


def inner(node: Any) -> str:
    """`InnerXml`."""
    return "".join(outer(child) for child in node.childNodes)


# ---------------------------------------------------------------- lists


class NodeList(NetObject):
    """XmlNodeList or XmlAttributeCollection, live where its nodes are children."""

    __slots__ = ("find", "net_type")

    def __init__(self, find: Callable[[], list[Any]], net_type: NetType = NODE_LIST) -> None:
        super().__init__()
        self.find = find
        self.net_type = net_type

    def nodes(self) -> list[Value]:
        """The nodes now."""
        return [wrap(node) for node in self.find()]

    def item(self, index: Value) -> Value:
        """By position, or an attribute by name."""
        found = self.find()
        if isinstance(index, int):
            return wrap(found[index]) if 0 <= index < len(found) else None
        return next((wrap(node) for node in found if node.nodeName == to_text(index)), None)


def _void(work: Callable[..., Any]) -> Callable[..., Value]:
    """A method without a result."""

    def call(*arguments: Any) -> Value:
        work(*arguments)
        return AUTOMATION_NULL

    return call


class NamespaceManager(NetObject):
    """An XmlNamespaceManager."""

    __slots__ = ("names",)
    net_type = net.define("System.Xml.XmlNamespaceManager")

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, str] = {}


_MANAGER: Final = members_of(NamespaceManager.net_type)
_TABLE: Final = net.define("System.Xml.XmlNameTable")


# ---------------------------------------------------------------- members

NODE: Final = members_of(_NODE)
_NODE_TYPES: Final = {Node.DOCUMENT_NODE: 9, Node.DOCUMENT_TYPE_NODE: 10, Node.DOCUMENT_FRAGMENT_NODE: 11}


def _dotted(node: Any) -> str:
    return str(node.nodeName)


def _attributes(node: Any) -> NodeList | None:
    if node.nodeType != Node.ELEMENT_NODE:
        return None
    return NodeList(lambda: list((node.attributes or {}).values()), _ATTRIBUTES)


def _set_inner(node: Any, text: str) -> None:
    fragment: Any = dom.parseString(f"<r>{text}</r>".encode()).documentElement  # noqa: S318  - the lab's own scripts' text
    for child in list(node.childNodes):
        node.removeChild(child)
    for child in list(fragment.childNodes):
        node.appendChild(node.ownerDocument.importNode(child, True))


def _select(self: XmlNode, path: str, names: NamespaceManager | None) -> NodeList:
    found = select(self.node, path, names.names if names is not None else {})
    return NodeList(lambda: found)


def _first(self: XmlNode, path: str, names: NamespaceManager | None) -> XmlNode | None:
    found = select(self.node, path, names.names if names is not None else {})
    return wrap(found[0]) if found else None


def _appended(self: XmlNode, child: XmlNode) -> XmlNode:
    if child.node.ownerDocument is not (self.node.ownerDocument or self.node):
        message = "The node to be inserted is from a different document context."
        raise NetError.of("System.ArgumentException", message)
    self.node.appendChild(child.node)
    return child


def _inserted(self: XmlNode, child: XmlNode, before: Any) -> XmlNode:
    self.node.insertBefore(child.node, before)
    return child


def _removed(self: XmlNode, child: XmlNode) -> XmlNode:
    try:
        self.node.removeChild(child.node)
    except NotFoundErr:
        raise NetError.of("System.ArgumentException", "The node to be removed is not a child of this node.") from None
    return child


def _replaced(self: XmlNode, new: XmlNode, old: XmlNode) -> XmlNode:
    self.node.replaceChild(new.node, old.node)
    return old


def _emptied(node: Any) -> None:
    for child in list(node.childNodes):
        node.removeChild(child)
    for attribute in list((node.attributes or {}).values()):
        node.removeAttributeNode(attribute)


_ELEMENT: Final = members_of(ELEMENT)

_DOCUMENT: Final = members_of(DOCUMENT)


def _new_document() -> XmlNode:
    found = wrap(dom.Document())
    if found is None:
        raise LabUnsupported("an XML document")
    return found


def _load(self: XmlNode, text: str) -> None:
    fresh = parse(text).node
    _emptied(self.node)
    self.node.declared, self.node.version, self.node.encoding = fresh.declared, fresh.version, fresh.encoding
    for child in list(fresh.childNodes):
        self.node.appendChild(self.node.importNode(child, True))


def _declare(self: XmlNode, version: str, encoding: str | None, _standalone: str | None) -> XmlNode:
    self.node.declared, self.node.version, self.node.encoding = True, version, encoding
    return self


def _element_ns(document: Any, name: str, uri: str) -> Any:
    element = document.createElementNS(uri or None, name)
    if uri:
        element.setAttribute("xmlns", uri)
    return element


def _from_text(source: NetType) -> Conversion | None:
    if source is DOCUMENT:
        return None
    if source.is_numeric or source is net.BOOLEAN or source.is_array or source is net.STRING:
        return Conversion(ranks.LANGUAGE, _to_document)
    return None


def _to_document(value: Value, kind: NetType) -> Value:
    text = "\n".join(map(to_text, value)) if isinstance(value, Array) else to_text(value)
    try:
        return parse(text)
    except NetError as error:
        raise value_cast("InvalidCastToXmlDocument", text, kind, error.exception.message, error.exception) from error


enumerable(NodeList, NodeList.nodes)
INDEXERS[NodeList] = (NodeList.item, None)
for _kind in (NODE_LIST, _ATTRIBUTES):
    members_of(_kind).property("Count", lambda self: len(self.find()), "int")
    members_of(_kind).method("Item(int)", NodeList.item)
members_of(_ATTRIBUTES).method("GetNamedItem(string)", NodeList.item)
textual(XmlNode, lambda value, _spec, _invariant: _name(value.node))
_MANAGER.constructor("(object)", lambda _table: NamespaceManager())
_MANAGER.method("AddNamespace(string, string)", _void(lambda self, prefix, uri: self.names.__setitem__(prefix, uri)))
_MANAGER.method("LookupNamespace(string)", lambda self, prefix: self.names.get(prefix))
NODE.property("Name", lambda self: _dotted(self.node), "string")
NODE.property("LocalName", lambda self: _name(self.node), "string")
NODE.property("Prefix", lambda self: self.node.prefix or "", "string")
NODE.property("NamespaceURI", lambda self: self.node.namespaceURI or "", "string")
NODE.property("NodeType", lambda self: EnumValue(_TYPES, _NODE_TYPES.get(self.node.nodeType, self.node.nodeType)))
NODE.property("Value", lambda self: self.node.nodeValue, "string", lambda self, text: set_text(self.node, text))
NODE.property("InnerText", lambda self: text_of(self.node), "string", lambda self, text: set_text(self.node, text))
NODE.property("InnerXml", lambda self: inner(self.node), "string", lambda self, text: _set_inner(self.node, text))
NODE.property("OuterXml", lambda self: outer(self.node), "string")
NODE.property("ChildNodes", lambda self: NodeList(lambda: list(self.node.childNodes)))
NODE.property("FirstChild", lambda self: wrap(self.node.firstChild))
NODE.property("LastChild", lambda self: wrap(self.node.lastChild))
NODE.property("NextSibling", lambda self: wrap(self.node.nextSibling))
NODE.property("PreviousSibling", lambda self: wrap(self.node.previousSibling))
NODE.property("ParentNode", lambda self: wrap(self.node.parentNode))
NODE.property("OwnerDocument", lambda self: wrap(self.node.ownerDocument))
NODE.property("HasChildNodes", lambda self: bool(self.node.childNodes), "bool")
NODE.property("Attributes", lambda self: _attributes(self.node))
NODE.method("SelectNodes(string)", lambda self, path: _select(self, path, None))
NODE.method("SelectNodes(string, System.Xml.XmlNamespaceManager)", _select)
NODE.method("SelectSingleNode(string)", lambda self, path: _first(self, path, None))
NODE.method("SelectSingleNode(string, System.Xml.XmlNamespaceManager)", _first)
NODE.method("AppendChild(System.Xml.XmlNode)", _appended)
NODE.method("PrependChild(System.Xml.XmlNode)", lambda self, child: _inserted(self, child, self.node.firstChild))
NODE.method(
    "InsertBefore(System.Xml.XmlNode, System.Xml.XmlNode)",
    lambda self, new, old: _inserted(self, new, old.node if old else None),
)
NODE.method(
    "InsertAfter(System.Xml.XmlNode, System.Xml.XmlNode)",
    lambda self, new, old: _inserted(self, new, old.node.nextSibling if old else self.node.firstChild),
)
NODE.method("RemoveChild(System.Xml.XmlNode)", _removed)
NODE.method("ReplaceChild(System.Xml.XmlNode, System.Xml.XmlNode)", _replaced)
NODE.method("CloneNode(bool)", lambda self, deep: wrap(self.node.cloneNode(deep)))
NODE.method("Clone()", lambda self: wrap(self.node.cloneNode(True)))
NODE.method("RemoveAll()", _void(lambda self: _emptied(self.node)))
NODE.method("Normalize()", _void(lambda self: self.node.normalize()))
_ELEMENT.property("IsEmpty", lambda self: not self.node.childNodes, "bool")
_ELEMENT.property("HasAttributes", lambda self: bool(self.node.attributes), "bool")
_ELEMENT.method("GetAttribute(string)", lambda self, name: self.node.getAttribute(name))
_ELEMENT.method("HasAttribute(string)", lambda self, name: self.node.hasAttribute(name))
_ELEMENT.method(
    "SetAttribute(string, string)", _void(lambda self, name, text: self.node.setAttribute(name, text or ""))
)
_ELEMENT.method(
    "RemoveAttribute(string)",
    _void(lambda self, name: self.node.removeAttribute(name) if self.node.hasAttribute(name) else None),
)
_ELEMENT.method("GetAttributeNode(string)", lambda self, name: wrap(self.node.getAttributeNode(name)))
for _kind in (ELEMENT, DOCUMENT):
    members_of(_kind).method(
        "GetElementsByTagName(string)", lambda self, name: NodeList(lambda: list(self.node.getElementsByTagName(name)))
    )
members_of(ATTRIBUTE).property("OwnerElement", lambda self: wrap(self.node.ownerElement))
_DOCUMENT.constructor("()", _new_document)
_DOCUMENT.property("DocumentElement", lambda self: wrap(self.node.documentElement))
_DOCUMENT.property("PreserveWhitespace", lambda _self: False, "bool", lambda _self, _value: None)
_DOCUMENT.property("NameTable", lambda _self: None)
_DOCUMENT.method("LoadXml(string)", _void(_load))
_DOCUMENT.method("CreateElement(string)", lambda self, name: wrap(self.node.createElement(name)))
_DOCUMENT.method("CreateElement(string, string)", lambda self, name, uri: wrap(_element_ns(self.node, name, uri)))
_DOCUMENT.method("CreateAttribute(string)", lambda self, name: wrap(self.node.createAttribute(name)))
_DOCUMENT.method("CreateTextNode(string)", lambda self, text: wrap(self.node.createTextNode(text)))
_DOCUMENT.method("CreateComment(string)", lambda self, text: wrap(self.node.createComment(text)))
_DOCUMENT.method("CreateCDataSection(string)", lambda self, text: wrap(self.node.createCDATASection(text)))
_DOCUMENT.method(
    "ImportNode(System.Xml.XmlNode, bool)", lambda self, other, deep: wrap(self.node.importNode(other.node, deep))
)
_DOCUMENT.method("GetElementById(string)", lambda self, name: wrap(self.node.getElementById(name)))
for _unsupported in ("Load(string)", "Save(string)", "CreateXmlDeclaration(string, string, string)"):
    _DOCUMENT.method(_unsupported, refusing(f"XmlDocument.{_unsupported.partition('(')[0]}"))


LANGUAGE[DOCUMENT] = _from_text
