using System.CommandLine;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>moldau transaction: list, describe, find-hanging, abort.</summary>
internal static class TransactionCommands
{
    private const string IdName = "TRANSACTIONAL-ID", IdDescription = "The transactional.id of the producer.";

    public static Command Create(Surroundings around)
    {
        var command = new Command("transaction", "List and describe transactions, find those that nobody will end, abort them.");
        command.Subcommands.Add(ListTransactions.Create(around));
        command.Subcommands.Add(DescribeTransaction.Create(around));
        command.Subcommands.Add(FindHanging.Create(around));
        command.Subcommands.Add(AbortTransaction.Create(around));
        return command;
    }

    public static Argument<string> Id() => Checked(new Argument<string>(IdName) { Description = IdDescription });

    public static Argument<string?> OptionalId() => Checked(new Argument<string?>(IdName) { Description = IdDescription, Arity = ArgumentArity.ZeroOrOne });

    private static T Checked<T>(T id) where T : Argument
    {
        NameRule.Add(id, "A transactional id", string.IsNullOrEmpty);
        return id;
    }
}
