using System.CommandLine;
using System.Text;

namespace Moldau.Cli.Commands;

/// <summary>Refuses a name that no request could carry, when the command line is read.</summary>
internal static class NameRule
{
    /// <summary>The protocol writes how long a string is in two bytes.</summary>
    private const int BytesMax = short.MaxValue;

    /// <summary>To stand behind what is too long.</summary>
    public const string Limit = "at most 32,767 bytes";

    public static bool IsTooLong(string name) => Encoding.UTF8.GetByteCount(name) > BytesMax;

    /// <param name="name">Where the name is given.</param>
    /// <param name="what">As the beginning of a sentence: The name of a group.</param>
    /// <param name="isEmpty">What counts as none.</param>
    public static void Add(Argument name, string what, Predicate<string> isEmpty) => name.Validators.Add(result =>
    {
        foreach (string given in result.Tokens.Select(token => token.Value))
        {
            if (isEmpty(given))
            {
                result.AddError($"{what} must not be empty.");
            }
            else if (IsTooLong(given))
            {
                result.AddError($"{what} has {Limit}; this one has {Encoding.UTF8.GetByteCount(given)}.");
            }
        }
    });
}
