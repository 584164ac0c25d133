using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Moldau.Broker.Security;

/// <summary>The client's first message: <c>n,[a=authzid],n=user,r=nonce[,extensions]</c>.</summary>
internal sealed record ScramClientFirst(string? AuthorizationId, string User, string Nonce, string Bare)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out ScramClientFirst? message)
    {
        message = null;
        // Only "n" is understood: no channel binding.
        string[] parts = text.Split(',');
        if (parts.Length < 4 || parts[0] != "n" || !ScramText.TryAuthorizationId(parts[1], out string? authorizationId)) return false;
        if (!ScramText.TryAttribute(parts[2], 'n', out string? saslName)) return false;
        if (!ScramText.TryUnescape(saslName, out string? user)) return false;
        if (!ScramText.TryAttribute(parts[3], 'r', out string? nonce) || !ScramText.IsNonce(nonce)) return false;
        for (int i = 4; i < parts.Length; i++)
        {
            if (!ScramText.IsExtension(parts[i])) return false;
        }
        // It would make the name the id of a delegation token; there are none.
        if (parts.AsSpan(4).Contains("tokenauth=true")) return false;
        message = new ScramClientFirst(authorizationId, user, nonce, string.Join(',', parts[2..]));
        return true;
    }
}

/// <summary>The client's final message: <c>c=binding,r=nonce[,extensions],p=proof</c>.</summary>
internal sealed record ScramClientFinal(string Nonce, byte[] Proof, string WithoutProof)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out ScramClientFinal? message)
    {
        message = null;
        string[] parts = text.Split(',');
        if (parts.Length < 3) return false;
        if (!ScramText.TryAttribute(parts[0], 'c', out string? binding) || !ScramText.TryBase64(binding, out _)) return false;
        if (!ScramText.TryAttribute(parts[1], 'r', out string? nonce) || !ScramText.IsNonce(nonce)) return false;
        if (!ScramText.TryAttribute(parts[^1], 'p', out string? encoded) || !ScramText.TryBase64(encoded, out byte[]? proof)) return false;
        message = new ScramClientFinal(nonce, proof, string.Join(',', parts[..^1]));
        return true;
    }
}

/// <summary>The grammar of RFC 5802 that both messages share.</summary>
internal static class ScramText
{
    private static readonly SearchValues<char> ExtensionNames =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public static bool TryAttribute(string part, char name, [NotNullWhen(true)] out string? value)
    {
        value = part.Length > 2 && part[0] == name && part[1] == '=' ? part[2..] : null;
        return value is not null;
    }

    public static bool TryAuthorizationId(string part, out string? value)
    {
        value = null;
        return part.Length == 0 || (TryAttribute(part, 'a', out string? escaped) && TryUnescape(escaped, out value));
    }

    /// <summary>In a name, a comma is written =2C and an equals sign =3D; no other = may stand there.</summary>
    public static bool TryUnescape(string escaped, [NotNullWhen(true)] out string? name)
    {
        name = escaped.Replace("=2C", ",", StringComparison.Ordinal).Replace("=3D", "=", StringComparison.Ordinal);
        bool isWhole = escaped.Count(c => c == '=') == Occurrences(escaped, "=2C") + Occurrences(escaped, "=3D");
        if (!isWhole) name = null;
        return isWhole;
    }

    /// <summary>Printable ASCII without the comma and the space.</summary>
    public static bool IsNonce(string nonce) =>
        nonce.Length > 0 && !nonce.AsSpan().ContainsAnyExceptInRange('!', '~') && !nonce.Contains(',');

    public static bool IsExtension(string part)
    {
        int equals = part.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && equals < part.Length - 1 && !part.AsSpan(0, equals).ContainsAnyExcept(ExtensionNames);
    }

    public static bool TryBase64(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        byte[] buffer = new byte[text.Length];
        bytes = Convert.TryFromBase64String(text, buffer, out int written) ? buffer[..written] : null;
        return bytes is not null;
    }

    private static int Occurrences(string text, string part) =>
        (text.Length - text.Replace(part, "", StringComparison.Ordinal).Length) / part.Length;
}
