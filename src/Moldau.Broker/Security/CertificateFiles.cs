using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Moldau.Log.Files;

namespace Moldau.Broker.Security;

/// <summary>Certificates in a folder that only its owner may read, in PEM, with their keys where those are to outlive the broker.</summary>
internal sealed class CertificateFiles(string directory, bool keepsKeys)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Readable = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string PathOf(string name) => Path.Combine(directory, name + ".pem");

    /// <summary>Null where it is missing or unreadable: a new one is made then.</summary>
    public X509Certificate2? Read(string name)
    {
        if (!File.Exists(PathOf(name)) || !File.Exists(KeyPathOf(name))) return null;
        try
        {
            return X509Certificate2.CreateFromPemFile(PathOf(name), KeyPathOf(name));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public void Write(string name, X509Certificate2 certificate, ECDsa key)
    {
        PrivateDirectories.Make([directory]);
        // The key first: a certificate without its key would be taken for a whole one.
        if (keepsKeys) WriteText(KeyPathOf(name), key.ExportPkcs8PrivateKeyPem(), OwnerOnly);
        WriteText(PathOf(name), certificate.ExportCertificatePem() + "\n", Readable);
        new DiskFileStore().FlushDirectory(directory);
    }

    private string KeyPathOf(string name) => Path.Combine(directory, name + ".key");

    private static void WriteText(string path, string text, UnixFileMode mode)
    {
        string fresh = path + ".new";
        File.Delete(fresh);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using (var file = new FileStream(fresh, options))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(fresh, path, overwrite: true);
    }
}
