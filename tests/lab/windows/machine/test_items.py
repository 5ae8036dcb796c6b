import base64
import hashlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jcad.errors import LabUnsupported
from jcad.lab.windows.machine.packages import altered, make_installer


def test_a_key_is_made_set_read_and_removed(run):
    out, errors = run(r"""
        New-Item -Path HKLM:\SOFTWARE\Lab\Deep -Force | Out-Null
        New-ItemProperty -Path HKLM:\SOFTWARE\Lab\Deep -Name Count -Value 3 -PropertyType DWord | Out-Null
        Set-ItemProperty -Path HKLM:\SOFTWARE\Lab\Deep -Name Text -Value 'a b'
        $key = Get-ItemProperty HKLM:\SOFTWARE\Lab\Deep
        $key.Count + 1; $key.Text
        Remove-Item HKLM:\SOFTWARE\Lab -Recurse
        Test-Path HKLM:\SOFTWARE\Lab\Deep
    """)
    assert (out, errors) == ([4, "a b", False], [])


def test_a_missing_key_and_a_missing_value_are_errors_with_their_ids(run):
    out, errors = run(r"""
        Get-ItemProperty HKLM:\SOFTWARE\Nothing
        Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Control\Session Manager' -Name Nothing
    """)
    assert not out
    assert errors == [
        "PathNotFound,Microsoft.PowerShell.Commands.GetItemPropertyCommand",
        "System.Management.Automation.PSArgumentException,Microsoft.PowerShell.Commands.GetItemPropertyCommand",
    ]


@given(chunks=st.lists(st.binary(min_size=1, max_size=40), min_size=1, max_size=4))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_file_uploaded_in_chunks_is_the_file(run, machine, chunks):
    if machine.files.find("C:\\up.bin"):
        machine.files.remove("C:\\up.bin")
    for chunk in chunks:
        _, errors = run(f"""
            $bytes = [Convert]::FromBase64String('{base64.b64encode(chunk).decode()}')
            $stream = New-Object IO.FileStream('C:\\up.bin', [IO.FileMode]::OpenOrCreate, [IO.FileAccess]::Write)
            [void]$stream.Seek(0, [IO.SeekOrigin]::End)
            $stream.Write($bytes, 0, $bytes.Length); $stream.Dispose()
        """)
        assert not errors
    whole = b"".join(chunks)
    assert machine.files.read("C:\\up.bin") == whole
    assert run("(Get-FileHash C:\\up.bin).Hash")[0] == [hashlib.sha256(whole).hexdigest().upper()]


def test_a_full_disk_refuses_a_write_and_keeps_what_was_there(run, machine):
    machine.files.write("C:\\a.txt", b"old")
    machine.files.set_free(10)
    _, errors = run("Set-Content C:\\a.txt ('x' * 100)")
    assert errors == ["GetContentWriterIOError,Microsoft.PowerShell.Commands.SetContentCommand"]
    assert machine.files.read("C:\\a.txt") == b"old"


def test_signatures_are_valid_missing_altered_and_untrusted(run, machine):
    signed = make_installer("sync", "2.30.0")
    for name, content in {
        "valid": signed, "altered": altered(signed), "unsigned": make_installer("sync", "2.30.0", signer=None),
        "unknown": make_installer("sync", "2.30.0", trusted=False),
    }.items():  # fmt: skip
        machine.files.write(f"C:\\{name}.exe", content)
    out, _ = run(
        "'valid', 'altered', 'unsigned', 'unknown' | ForEach-Object"
        ' { [string](Get-AuthenticodeSignature "C:\\$_.exe").Status }'
    )
    assert out == ["Valid", "HashMismatch", "NotSigned", "NotTrusted"]


def test_another_drive_is_refused_by_name(run):
    with pytest.raises(LabUnsupported, match="the drive of D:"):
        run("Test-Path D:\\x")


def test_a_host_has_temporary_files_and_an_environment(run):
    out, errors = run("""
        [System.Environment]::ExpandEnvironmentVariables('%TEMP%\\%nobody%')
        $path = [System.IO.Path]::GetTempFileName(); (Get-Item $path).Length
    """)
    assert (out, errors) == (["C:\\Windows\\Temp\\%nobody%", 0], [])


def test_a_folder_is_made_with_its_descriptor(run, machine):
    out, errors = run("""
        $security = New-Object System.Security.AccessControl.DirectorySecurity
        $security.SetSecurityDescriptorSddlForm('O:BAG:BAD:P(A;OICI;FA;;;BA)')
        [void] [System.IO.Directory]::CreateDirectory('C:\\one\\two', $security)
        [string] [System.IO.File]::GetAttributes('C:\\one\\two')
        (Get-Acl C:\\one\\two).Sddl
        [System.IO.File]::GetAttributes('C:\\one\\three')
    """)
    assert out == ["Directory", "O:BAG:BAD:P(A;OICI;FA;;;BA)"]
    assert errors == ["FileNotFoundException"]
    assert machine.files.get("C:\\one").sddl == "O:BAG:BAD:P(A;OICI;FA;;;BA)"


def test_a_path_of_too_many_characters_is_refused(run):
    _, errors = run("[System.IO.File]::Exists('C:\\' + ('a' * 300)); [System.IO.File]::Create('C:\\' + ('a' * 300))")
    assert errors == ["PathTooLongException"]


def test_streams_are_read_in_pieces(run):
    out, errors = run("""
        $memory = [System.IO.MemoryStream]::new()
        $memory.Write([byte[]] (1..10), 2, 5)
        [System.IO.File]::WriteAllBytes('C:\\x.bin', $memory.ToArray())
        $reader = [System.IO.BinaryReader]::new([System.IO.File]::OpenRead('C:\\x.bin'))
        $hash = [System.Security.Cryptography.SHA256]::Create()
        while (($piece = $reader.ReadBytes(2)).Length) {
            [void] $hash.TransformBlock($piece, 0, $piece.Length, $null, 0); "$piece"
        }
        [void] $hash.TransformFinalBlock([byte[]]::new(0), 0, 0)
        [System.BitConverter]::ToString($hash.Hash) -eq (
            [System.BitConverter]::ToString([System.Security.Cryptography.SHA256]::Create().ComputeHash($memory.ToArray())))
        $reader.Dispose(); Remove-Item C:\\x.bin
    """)
    assert (out, errors) == (["3 4", "5 6", "7", True], [])
