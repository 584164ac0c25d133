namespace Moldau.Conformance.Dialogues;

/// <summary>Bytes as the dialogues write them: hex, with blanks where a reader wants them.</summary>
internal static class Hex
{
    public static byte[] Parse(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));
}
