namespace Moldau.Cli.Tests;

public class QuotedTests
{
    [Theory]
    [InlineData("/home/eva/tls/ca.pem", "/home/eva/tls/ca.pem")]
    [InlineData("/a b/ca.pem", "'/a b/ca.pem'")]
    [InlineData("/o'hara/$HOME", """'/o'\''hara/$HOME'""")]
    [InlineData("", "''")]
    [InlineData("=ls", "'=ls'")]
    [InlineData("a=ls", "a=ls")]
    [InlineData("a`b 'c", """$'a\140b \'c'""")]
    [InlineData("a\nb\\'[", """$'a\nb\\\'['""")]
    [InlineData("a\u202eb\t\u001b", """$'a\342\200\256b\011\033'""")]
    public void A_path_is_one_word_for_a_shell(string path, string word) => Assert.Equal(word, Quoted.ForShell(path));

    [Theory]
    [InlineData("""C:\Users\o'hara""", """'C:\\Users\\o\'hara'""", """
        "C:\\Users\\o'hara"
        """)]
    [InlineData("/a\"b", "'/a\"b'", """
        "/a\"b"
        """)]
    public void A_path_is_one_text_for_a_program(string path, string python, string csharp) =>
        Assert.Equal((python, csharp), (Quoted.ForPython(path), Quoted.ForCSharp(path)));
}
