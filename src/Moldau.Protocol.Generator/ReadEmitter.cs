namespace Moldau.Protocol.Generator;

/// <summary>Writes the <c>Read</c> method of a message or struct.</summary>
internal sealed class ReadEmitter(MessageModel model, CodeWriter code, string className)
{
    public void Emit(string qualifiedName, List<FieldSpec> fields)
    {
        code.Open($"public static {qualifiedName} Read(ref WireReader reader, short version)");
        code.Line($"var result = new {qualifiedName}();");
        FlexibleEmitter.Declare(model, code);
        foreach (var field in fields) EmitPositional(field);
        EmitTagged(fields);
        code.Line("return result;");
        code.Close();
    }

    private void EmitPositional(FieldSpec field)
    {
        if (!FlexibleEmitter.PositionalCondition(model, field, out string? present)) return;
        if (present is null) EmitValue(field, "result", FieldForm.Positional);
        else
        {
            code.Open($"if ({present})");
            EmitValue(field, "result", FieldForm.Positional);
            code.Close();
        }
    }

    private void EmitTagged(List<FieldSpec> fields)
    {
        string flexible = FlexibleEmitter.Expression(model);
        if (flexible == "false") return;
        code.Open(flexible == "true" ? "" : $"if ({flexible})");
        code.Line("int count = reader.ReadTaggedFieldCount();");
        code.Open("for (int i = 0; i < count; i++)");
        code.Line("int tag = reader.ReadUnsignedVarint();");
        code.Line("int size = reader.ReadUnsignedVarint();");
        code.Open("switch (tag)");
        foreach (var field in fields.Where(field => FlexibleEmitter.TaggedCondition(model, field, out _))) EmitTaggedCase(field);
        code.Line("default:");
        code.Line("    (result.UnknownTaggedFields ??= []).Add(reader.ReadUnknownTaggedField(tag, size));");
        code.Line("    break;");
        code.Close();
        code.Close();
        code.Close();
    }

    private void EmitTaggedCase(FieldSpec field)
    {
        FlexibleEmitter.TaggedCondition(model, field, out string? condition);
        code.Line(condition is null ? $"case {field.Tag}:" : $"case {field.Tag} when {condition}:");
        code.Open("");
        code.Line("var outer = reader;");
        code.Line("reader = outer.ReadSlice(size);");
        EmitValue(field, "result", FieldForm.Tagged);
        code.Line("outer.EndSlice(reader);");
        code.Line("reader = outer;");
        code.Line("break;");
        code.Close();
    }

    private void EmitValue(FieldSpec field, string target, FieldForm form)
    {
        string property = $"{target}.{MessageModel.PropertyName(field, className)}";
        string compact = FlexibleEmitter.Compact(model, field);
        string nullable = field.NullableVersions is null ? "false" : model.Condition(VersionRange.Parse(field.NullableVersions)) ?? "true";
        if (field.IsArray) EmitArray(field, property, compact, nullable);
        else if (model.IsStruct(field.Type)) EmitStruct(field, property, form, nullable);
        else if (FieldType.IsErrorCode(field)) code.Line($"{property} = (ErrorCode)reader.ReadInt16();");
        else if (FieldType.IsPrimitive(field.Type)) code.Line($"{property} = {FieldType.Read(model, field.Type, compact)};");
        else if (nullable == "true" || field.Type == "records") code.Line($"{property} = {FieldType.Read(model, field.Type, compact)};");
        else if (nullable == "false") code.Line($"{property} = {FieldType.Read(model, field.Type, compact)} ?? throw NullField.OnRead(\"{model.Spec.Name}\", \"{field.Name}\");");
        else
        {
            code.Line($"{property} = {FieldType.Read(model, field.Type, compact)};");
            code.Line($"if ({property} is null && !({nullable})) throw NullField.OnRead(\"{model.Spec.Name}\", \"{field.Name}\");");
        }
    }

    private void EmitArray(FieldSpec field, string property, string compact, string nullable)
    {
        code.Open("");
        code.Line($"int length = reader.ReadArrayLength({compact});");
        if (nullable == "false") code.Line($"if (length < 0) throw NullField.OnRead(\"{model.Spec.Name}\", \"{field.Name}\");");
        else if (nullable != "true") code.Line($"if (length < 0 && !({nullable})) throw NullField.OnRead(\"{model.Spec.Name}\", \"{field.Name}\");");
        if (nullable != "false") code.Line($"if (length < 0) {property} = null;");
        code.Open(nullable == "false" ? "" : "else");
        code.Line($"var list = new {FieldType.Of(model, field)}(Math.Min(length, WireReader.ElementsReservedMax));");
        string read = FieldType.Read(model, field.ElementType, compact);
        if (field.ElementType is "string" or "bytes") read += $" ?? throw NullField.OnRead(\"{model.Spec.Name}\", \"{field.Name}\")";
        code.Line($"for (int at = 0; at < length; at++) list.Add({read});");
        code.Line($"{property} = list;");
        code.Close();
        code.Close();
    }

    private void EmitStruct(FieldSpec field, string property, FieldForm form, string nullable)
    {
        string read = FieldType.Read(model, field.Type, "");
        if (nullable == "false") code.Line($"{property} = {read};");
        else
        {
            // A nullable struct is led by a byte, or inside the tag section by a varint, that says whether it is there.
            string present = form == FieldForm.Tagged ? "reader.ReadUnsignedVarint() != 0" : "reader.ReadInt8() >= 0";
            string value = $"{present} ? {read} : null";
            code.Line(nullable == "true" ? $"{property} = {value};" : $"{property} = {nullable} ? ({value}) : {read};");
        }
    }
}
