"""What a user may not want to send. All numbers and keys are made up; their check digits are right, or the check could not see them."""

from tests.core.checks.articles import Example, sent

ID, CARD, PHONE = "11010519491231002X", "6222 0212 3456 7894 003", "13912345670"
RANDOM, AWS = "8f14e45fceea" + "167a5a36dedd", "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYzQvTuWsLaB"
STRIPE = "sk_" + "live_51HxQ2eLkT9vBnMw3Rz"
KEY = "sk-" + "Ab3dEf6hIj9kLm2nOp5qRs8t"

FLAG: dict[str, list[tuple[Example, str, str | None]]] = {
    "private_data": [
        (sent(f"我的身份证号是 {ID}，帮我写一份委托书。"), "id_number", ID),
        (sent("卡号 4539 1488 0343 6467，请写一封挂失信。"), "bank_card", "4539 1488 0343 6467"),
        (sent("卡号是6222021234567894001吗？".replace("6222021234567894001", "6222021234567890128")), "bank_card", None),
        (sent(f"联系电话：{PHONE}。"), "phone_number", PHONE),
        (sent("打 +86 139-1234-5670 找我。"), "phone_number", "+86 139-1234-5670"),
        (sent(f"用这个密钥 {KEY} 调接口。"), "secret_key", KEY),
        (sent("export AWS_ACCESS_KEY_ID=AKIAQ4D7XNW2LZPM9RTB"), "secret_key", "AKIAQ4D7XNW2LZPM9RTB"),
        (sent("-----BEGIN RSA PRIVATE KEY-----\nMIIE"), "secret_key", "-----BEGIN RSA PRIVATE KEY-----"),
        (sent("密码：Tide2024sea，帮我写一段登录脚本。"), "password", "Tide2024sea"),
        (sent("postgres://anna:h4rbour99@db.local/tide"), "password", "h4rbour99"),
        (sent("My password is Gull7harbour."), "password", "Gull7harbour"),
        (sent("密码：Tr0ub4dor$3"), "password", "Tr0ub4dor$3"),
        (sent("密码：Latest2024"), "password", "Latest2024"),
        (sent("密码是 My(secret)Tide7。"), "password", "My(secret)Tide7"),
        (sent('{"password":"Tide2024sea","port":8080}'), "password", "Tide2024sea"),
        (sent(f"api_key={RANDOM}"), "secret_key", RANDOM),
        (sent(f"我们的密钥是“{RANDOM}”，别告诉别人。"), "secret_key", RANDOM),
        (sent(f"client_secret: '{RANDOM}'"), "secret_key", RANDOM),
        (sent(f"aws_secret_access_key = {AWS}"), "secret_key", AWS),
        (sent(f"用 {STRIPE} 收款。"), "secret_key", STRIPE),
    ],
    "open_pair": [(sent("请把“一个人的村庄改写成诗。"), "open_pair", "“")],
    "open_code": [(sent("解释这段代码：\n\n```python\nprint(1)"), "open_code", "```python")],
    "broken_characters": [(sent("请翻译：caf\ufffd"), "broken_characters", "\ufffd")],
}

PASS: dict[str, list[Example]] = {
    "private_data": [
        sent("110105194912310021 不是身份证号。"), sent("圆周率 3.14159265358979323846264338327950288。"),
        sent("订单号 202405011234567890123456。"),
        sent("客服电话 400-810-8888，急救 120。"), sent("示例号码 13812345678、12345678901、13800000000。"),
        sent("把 sk-xxxxxxxxxxxxxxxxxxxxxxxx 换成你的密钥。"),
        *(sent(f"密码：{blank}") for blank in ("<your-password1>", "${PASSWORD2}", "$DB_PASS2", "{{password1}}", "xxxxxx1", "********1", "Ti****24")),
        *(sent(f"password = {blank}") for blank in ("test_password_1", "changeme123", "os.getenv('DB2')", "[password1]", "%DB_PASS1%")),
        sent("api_key=your_api_key_1234567890a1b2c3"), sent("token = process.env.OPENAI_API_KEY_V2"), sent("secret: getUserTokenFromRequestHeader2"),
        sent("api_key=${OPENAI_API_KEY_2024_V1_X2}"), sent("用 tokenizer：qwen2.5-coder-1.5b-instruct-q4"), sent("max_token: 4096"),
        sent("AKIAIOSFODNN7EXAMPLE 是文档里的例子。"), sent("password = os.environ['DB_PASSWORD2']"), sent("密码：8-20 位，含字母和数字。"),
        sent("忘记密码是怎么回事？"),
        sent("写一篇 1500 字的文章，讲 2024 年 5 月 1 日的海。"), sent("postgres://USER:PASSWORD@HOST/db"), sent("版本 1.3912345678.0"),
        sent("ISBN 978-7-111-12345-6"),
        sent("commit 3912345678a1b2c3d4e5f60718293a4b5c6d7e8f"), sent("password: your-password-1"), sent("坐标 116.3912345678, 39.9"),
        sent("4111 1111 1111 1112 校验不对。"),
        sent("时间戳 1714550400000，编号 A13912345678。"),
    ],
    "open_pair": [sent("请把“一个人的村庄”改写成诗。")],
    "open_code": [sent("行内的 `print(1)` 是什么意思？")],
    "broken_characters": [sent("“烫烫烫”是怎么来的？")],
}  # fmt: skip
