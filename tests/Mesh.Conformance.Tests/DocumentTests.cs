using System.Text;

namespace Mesh.Conformance.Tests;

/// <summary>docs/conformance.md says what is tested.</summary>
public class DocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Golden.Root, "docs", "conformance.md"));

    [Fact]
    public void Page_has_the_table_of_all_cases()
    {
        string table = Table();
        Assert.True(Text.Contains(table, StringComparison.Ordinal), $"docs/conformance.md should have this table:\n\n{table}");
    }

    [Fact]
    public void Page_names_everything_that_is_left_out()
    {
        Assert.All(Excluded.All, left => Assert.Contains($"- **{left.What}**: {left.Why}.", Text));
    }

    [Fact]
    public void Page_explains_each_behaviour_and_each_policy()
    {
        Assert.All(Behaviours.All, behaviour => Assert.Contains($"| `{behaviour.Name}` | {behaviour.Says} |", Text));
        Assert.All(CasePolicies.All, policy => Assert.Contains($"| `{policy.Name}` | {policy.Says} |", Text));
    }

    [Fact]
    public void No_case_s_name_is_part_of_another_s()
    {
        Assert.All(Behaviours.All, one => Assert.Single(Behaviours.All, other => other.Name.Contains(one.Name, StringComparison.Ordinal)));
    }

    private static string Table()
    {
        var text = new StringBuilder("| |");
        foreach (var policy in CasePolicies.All) text.Append($" `{policy.Name}` |");
        text.Append("\n|---|").Insert(text.Length, "---|", CasePolicies.All.Length).Append('\n');
        foreach (var behaviour in Behaviours.All)
        {
            text.Append($"| `{behaviour.Name}` |");
            foreach (var policy in CasePolicies.All) text.Append($" {Case.Virtual(behaviour, policy).Summary} |");
            text.Append('\n');
        }
        return text.ToString();
    }
}
