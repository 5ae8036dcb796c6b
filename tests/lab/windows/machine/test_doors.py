"""What opens a lab host: certificates, the listeners of WinRM, the firewall; zip files, partners, ports."""

from __future__ import annotations

import io
import zipfile

import pytest

from jcad.errors import LabUnsupported
from jcad.lab.windows.machine.host import Machine

LISTENER = "-ResourceURI winrm/config/Listener -SelectorSet @{ Address = '*'; Transport = 'HTTPS' }"
FAULT = "WsManError,Microsoft.WSMan.Management.{}WSManInstanceCommand"
MAKE = "$c = New-SelfSignedCertificate -DnsName srv1.lab.jcad.test -CertStoreLocation Cert:\\LocalMachine\\My\n"


def test_a_self_signed_certificate_is_a_real_one_and_stays_in_the_store(run, machine):
    out, errors = run(
        MAKE
        + """
        $found = Get-ChildItem Cert:\\LocalMachine\\My
        $found.Thumbprint -eq $c.Thumbprint
        $found.HasPrivateKey
        $found.Subject -eq $found.Issuer
        $found.EnhancedKeyUsageList[0].ObjectId
        $found.DnsNameList[0].Unicode
        ($found.NotAfter - (Get-Date)).TotalDays -gt 300
    """
    )
    assert (out, errors) == ([True, True, True, "1.3.6.1.5.5.7.3.1", "srv1.lab.jcad.test", True], [])
    (stored,) = machine.certificates.all()
    assert machine.certificates.find(stored.thumbprint.lower()) is stored
    assert stored.certificate.signature_hash_algorithm.name == "sha256"


def test_a_listener_needs_a_certificate_with_its_name(run, machine):
    values = "-ValueSet @{ Hostname = 'srv1.lab.jcad.test'; CertificateThumbprint = '00' }"
    assert run(f"New-WSManInstance {LISTENER} {values}") == ([], [FAULT.format("New")])
    ours = "-ValueSet @{ Hostname = 'srv1.lab.jcad.test'; CertificateThumbprint = $c.Thumbprint }"
    out, errors = run(MAKE + f"(New-WSManInstance {LISTENER} {ours}).Port; New-WSManInstance {LISTENER} {ours}")
    assert (out, errors) == (["5986"], [FAULT.format("New")])
    out, errors = run("Set-WSManInstance " + LISTENER + " -ValueSet @{ Port = 443 } | ForEach-Object { $_.Port }")
    assert (out, errors) == (["443"], [])
    assert machine.doors.listeners["HTTPS"].hostname == "srv1.lab.jcad.test"
    assert run("Set-WSManInstance " + LISTENER.replace("HTTPS", "HTTP") + " -ValueSet @{ Port = 80 }") == (
        [],
        [FAULT.format("Set")],
    )


def test_listeners_are_read_only_while_the_service_runs(run, machine):
    machine.open_doors()
    listing = "Get-WSManInstance -ResourceURI winrm/config/Listener -Enumerate | ForEach-Object { $_.Transport }"
    assert run(listing) == (["HTTP"], [])
    machine.services.find("WinRM").state = "Stopped"
    assert run(listing) == ([], [FAULT.format("Get")])


def test_a_door_is_open_with_a_listener_and_a_rule_for_its_port(run, machine):
    """Each change is told to whoever follows the doors."""
    machine.open_doors()
    changes = []
    machine.doors.on_change = lambda: changes.append(machine.doors.open("HTTPS") is not None)
    ours = "-ValueSet @{ Hostname = 'srv1.lab.jcad.test'; CertificateThumbprint = $c.Thumbprint }"
    rule = "New-NetFirewallRule -Name r -DisplayName d -Direction Inbound -Action Allow -Protocol TCP -LocalPort 5986"
    out, errors = run(MAKE + f"$null = New-WSManInstance {LISTENER} {ours}\n$null = {rule} -Profile Domain\n"
                      "(Get-NetFirewallRule -Name r).Profile; Get-NetFirewallRule -Name other")  # fmt: skip
    assert (out, errors, changes) == (
        ["Domain"],
        ["CmdletizationQuery_NotFound_InstanceID,Get-NetFirewallRule"],
        [False, True],
    )
    assert machine.listening == {5985, 5986}
    assert run(rule)[1] == ["Windows System Error 183,New-NetFirewallRule"]
    machine.doors.shut("HTTPS")
    assert machine.listening == {5985}


@pytest.mark.parametrize(
    "text",
    [
        "New-SelfSignedCertificate -DnsName x -TextExtension '2.5.29.17={text}x'",
        "New-SelfSignedCertificate -DnsName x -CertStoreLocation Cert:\\CurrentUser\\My",
        "Get-WSManInstance -ResourceURI winrm/config -Enumerate",
        "New-WSManInstance -ResourceURI winrm/config/Listener -SelectorSet @{ Address = 'IP:1'; Transport = 'HTTPS' }",
        "New-NetFirewallRule -DisplayName d -Direction Outbound -Action Allow -Protocol TCP -LocalPort 1",
        "Get-ADReplicationPartnerMetadata -Target srv1",
        "Add-Type -AssemblyName PresentationFramework",
        "Get-ChildItem Cert:\\CurrentUser\\My",
    ],
)
def test_what_the_lab_does_not_know_is_refused_by_name(run, text):
    with pytest.raises(LabUnsupported):
        run(text)


def test_a_zip_file_is_one(run, machine):
    out, errors = run("""
        Add-Type -AssemblyName System.IO.Compression
        $file = [System.IO.FileStream]::new('C:\\a.zip', 'CreateNew')
        $archive = [System.IO.Compression.ZipArchive]::new($file, [System.IO.Compression.ZipArchiveMode]::Create)
        foreach ($name in 'one.txt', 'folder/two.txt') {
            $stream = $archive.CreateEntry($name).Open()
            $bytes = [System.Text.Encoding]::UTF8.GetBytes("$name!")
            $stream.Write($bytes, 0, $bytes.Length)
            $stream.Dispose()
        }
        $archive.Dispose()
        $file.Dispose()
    """)
    assert (out, errors) == ([], [])
    with zipfile.ZipFile(io.BytesIO(machine.files.read("C:\\a.zip"))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "one.txt": b"one.txt!", "folder/two.txt": b"folder/two.txt!",
        }  # fmt: skip


def test_a_domain_controller_knows_its_partners_and_reaches_its_neighbours(town):
    machine = Machine("DC1", "lab.jcad.test", town, controller=True)
    assert machine.answers("dc2.lab.jcad.test", 636)
    assert not machine.answers("dc2.lab.jcad.test", 5986)
    assert not machine.answers("dc3", 389)
    assert machine.answers("dc1", 389)
    machine.close()


@pytest.mark.parametrize(
    ("call", "place"),
    [
        ("LastIndexOf($b, [byte] 2)", 3), ("LastIndexOf($b, [byte] 2, 2)", 1), ("LastIndexOf($b, [byte] 9, 2)", -1),
        ("IndexOf($b, [byte] 2, 2, 2)", 3), ("IndexOf($b, [byte] 2, 2, 1)", -1),
    ],
)  # fmt: skip
def test_a_byte_is_found_in_a_part_of_an_array(run, call, place):
    assert run(f"$b = [byte[]] (1, 2, 3, 2); [System.Array]::{call}") == ([place], [])


@pytest.mark.parametrize("call", ["LastIndexOf($b, [byte] 2, 4)", "IndexOf($b, [byte] 2, 2, 3)"])
def test_a_part_that_is_not_in_the_array_is_an_error(run, call):
    out, errors = run(f"$b = [byte[]] (1, 2, 3, 2); [System.Array]::{call}")
    assert out == []
    assert errors == ["ArgumentOutOfRangeException"]
